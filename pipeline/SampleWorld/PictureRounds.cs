using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// What LLaVA's three files ask about one picture: a description, a question to reason about, a
/// dialogue.
/// </summary>
internal static class PictureRounds
{
    /// <summary>
    /// A request for a description, and one that names every object and its place.
    /// </summary>
    public static Round Detail(ref KeyedRandom random, Scene scene)
    {
        if (random.Next(2) == 0)
            return Inventory(ref random, scene);
        string question = Wording.Pick(ref random,
            "Describe the image in detail.",
            "What do you see in this image?",
            "Give a full description of the picture.",
            "Please describe everything in the image.",
            "Can you tell me what the image shows, and where?",
            "Explain what is in the picture and where each thing is.");
        return new Round(question, Description(ref random, scene));
    }

    /// <summary>
    /// A question that needs several facts, answered at length or, as often, in short.
    /// </summary>
    public static Round Reasoning(ref KeyedRandom random, Scene scene)
    {
        if (random.Next(2) == 0)
            return Short(ref random, scene);
        return random.Next(4) switch
        {
            0 => Commonest(ref random, scene),
            1 => Alike(ref random, scene),
            2 => Halves(ref random, scene),
            _ => Explained(ref random, scene),
        };
    }

    /// <summary>Two to five rounds; a dialogue answers all in short, or all in sentences.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="scene">The picture.</param>
    /// <param name="briefShare">How likely the answers are short.</param>
    /// <param name="describedShare">How likely one more round, the first, describes it.</param>
    public static IReadOnlyList<Round> Dialogue(
        ref KeyedRandom random, Scene scene, double briefShare, double describedShare = 0)
    {
        bool brief = random.Next(1000) < 1000 * briefShare;
        int length = random.NextInclusive(2, 5);
        var rounds = new List<Round>(length);
        var asked = new HashSet<(ClosedKind, string)>();

        // A small picture may have fewer different questions than drawn: the attempts are bounded,
        // and two rounds always exist.
        for (int attempt = 0; rounds.Count < length && (attempt < 30 || rounds.Count < 2); attempt++)
        {
            ClosedQuestion closed = SceneQuestions.Any(ref random, scene);
            if (asked.Add((closed.Kind, closed.Answer)))
                rounds.Add(Ask(ref random, closed, brief));
        }

        // Last, and without a draw where there is none: other worlds stay as they were.
        if (describedShare > 0 && random.Next(1000) < 1000 * describedShare)
            rounds.Insert(0, Detail(ref random, scene));
        return rounds;
    }

    /// <summary>
    /// The closed question with the short answer it then asks for, or with the sentence.
    /// </summary>
    internal static Round Ask(ref KeyedRandom random, ClosedQuestion closed, bool brief) =>
        brief
            ? new Round(Wording.Brief(ref random, closed.Question), closed.Answer)
            : new Round(closed.Question, closed.Statement);

    // Everything that can be seen in as few words as it takes.
    private static Round Inventory(ref KeyedRandom random, Scene scene)
    {
        string question = Wording.Pick(ref random,
            "List the objects row by row.",
            "Give an inventory of the picture.",
            "What is where? List everything.",
            "Name each place that holds something, and what it holds.");
        return new Round(
            question,
            string.Join(
                "; ", scene.Objects.Select(item => $"{Wording.Place(item.Cell)}: {ObjectPhrase.Of(item).Singular}")));
    }

    private static string Description(ref KeyedRandom random, Scene scene)
    {
        string number = scene.Objects.Count == 1 ? "one object" : $"{Wording.Number(scene.Objects.Count)} objects";
        string background = Wording.Of(scene.Backdrop.Style);
        var sentences = new List<string>
        {
            Wording.Pick(ref random,
                $"The image shows {number} on a {background} background.",
                $"There {(scene.Objects.Count == 1 ? "is" : "are")} {number} in front of a {background} background.",
                $"On a {background} background, the picture has {number}."),
        };
        foreach (SceneObject item in scene.Objects)
        {
            string thing = ObjectPhrase.Of(item).Indefinite;
            string place = Wording.Place(item.Cell);
            sentences.Add(Wording.Pick(ref random,
                $"In the {place} there is {thing}.",
                $"{Wording.Sentence(thing)} is in the {place}.",
                $"The {place} holds {thing}."));
        }

        foreach (
            IGrouping<ObjectColor,
            SceneObject> same in scene.Objects.GroupBy(item => item.Color).Where(same => same.Count() > 1))
        {
            string color = Wording.Of(same.Key);
            sentences.Add(same.Count() == scene.Objects.Count
                ? Wording.Pick(ref random, $"All of them are {color}.", $"Every one of them is {color}.")
                : Wording.Pick(
                    ref random,
                    $"{Wording.Sentence(Wording.Number(same.Count()))} of them are {color}.",
                    $"There are {Wording.Number(same.Count())} {color} objects in all."));
        }

        return string.Join(' ', sentences);
    }

    private static Round Short(ref KeyedRandom random, Scene scene)
    {
        while (true)
        {
            ClosedQuestion? closed = random.Next(5) switch
            {
                0 or 1 => SceneQuestions.OfKind(ref random, scene, ClosedKind.Remaining),
                2 => SceneQuestions.OfKind(ref random, scene, ClosedKind.More),
                _ => SceneQuestions.Any(ref random, scene),
            };
            if (closed is not null)
                return Ask(ref random, closed, brief: true);
        }
    }

    private static Round Explained(ref KeyedRandom random, Scene scene)
    {
        while (true)
        {
            ClosedKind kind = random.Next(4) switch
            {
                0 => ClosedKind.Remaining,
                1 => ClosedKind.More,
                2 => ClosedKind.Relation,
                _ => ClosedKind.Count,
            };
            if (SceneQuestions.OfKind(ref random, scene, kind) is not { } closed)
                continue;
            string why = Wording.Pick(ref random, "Explain how you know.", "Give the reason.", "Please explain.");
            string reason = string.Join(' ', scene.Objects.Select(item =>
                $"{Wording.Sentence(ObjectPhrase.Of(item).Indefinite)} is in the {Wording.Place(item.Cell)}."));
            bool yesOrNo = closed.Kind == ClosedKind.Relation;
            string opening = yesOrNo ? "So the answer is: " : "So ";
            return new Round($"{closed.Question} {why}", $"{reason} {opening}{Wording.Clause(closed.Statement)}");
        }
    }

    private static Round Commonest(ref KeyedRandom random, Scene scene)
    {
        bool byColor = random.Next(2) == 0;
        string what = byColor ? "color" : "shape";
        string question = Wording.Pick(ref random,
            $"Which {what} is the most common in the image, and why?",
            $"Does any {what} occur more often than all others? Explain.",
            $"Is there a {what} that more objects have than any other? Explain.");
        (string Name, int Count)[] groups =
        [
            .. scene.Objects
                .GroupBy(item => byColor ? Wording.Of(item.Color) : Wording.Of(item.Shape))
                .Select(group => (group.Key, group.Count()))
                .OrderByDescending(group => group.Item2)
                .ThenBy(group => group.Key, StringComparer.Ordinal),
        ];
        string counts = Wording.List([.. groups.Select(group => Phrase(group.Name, group.Count))]);
        string be = groups[0].Count == 1 ? "is" : "are";
        if (groups.Length == 1)
            return new Round(
                question, $"There {be} {counts} and nothing else, so the only {what} is {groups[0].Name}.");
        return groups[0].Count == groups[1].Count
            ? new Round(question, $"There {be} {counts}, so no {what} is more common than all the others.")
            : new Round(question, $"There {be} {counts}, so the most common {what} is {groups[0].Name}.");

        string Phrase(string name, int count) =>
            byColor
                ? $"{Wording.Number(count)} {name} {(count == 1 ? "object" : "objects")}"
                : Wording.Counted(
                    count, new ObjectPhrase(Shape: scene.Objects.First(item => Wording.Of(item.Shape) == name).Shape));
    }

    private static Round Alike(ref KeyedRandom random, Scene scene)
    {
        SceneObject first = scene.Objects[random.Next(scene.Objects.Count)];
        SceneObject second = scene.Objects[random.Next(scene.Objects.Count)];
        if (first == second)
            return Commonest(ref random, scene);
        string one = new ObjectPhrase(Cell: first.Cell).Definite;
        string two = new ObjectPhrase(Cell: second.Cell).Definite;
        string question = Wording.Pick(ref random,
            $"What do {one} and {two} have in common?",
            $"In what way are {one} and {two} alike?",
            $"Compare {one} with {two}: what is the same?");
        var shared = new List<string>();
        if (first.Color == second.Color)
            shared.Add($"both are {Wording.Of(first.Color)}");
        if (first.Shape == second.Shape)
            shared.Add($"both are {Wording.PluralOf(first.Shape)}");
        if (first.Size == second.Size)
            shared.Add($"both are {Wording.Of(first.Size)}");
        string facts =
            $"{Wording.Sentence(one)} is {ObjectPhrase.Of(first).Indefinite}, " +
            $"and {two} is {ObjectPhrase.Of(second).Indefinite}.";
        return new Round(
            question,
            shared.Count == 0
                ? $"{facts} They have neither color, shape nor size in common."
                : $"{facts} So {Wording.List(shared)}.");
    }

    private static Round Halves(ref KeyedRandom random, Scene scene)
    {
        bool sideways = random.Next(2) == 0;
        (string low, string high) = sideways ? ("left", "right") : ("top", "bottom");
        int lows = scene.Objects.Count(item => (sideways ? item.Column : item.Row) == 0);
        int highs = scene.Objects.Count(item => (sideways ? item.Column : item.Row) == Scene.GridSide - 1);
        string question = Wording.Pick(ref random,
            $"Are there more objects at the {low} or at the {high} of the image? Explain.",
            $"Which side holds more objects, the {low} or the {high}, and why do you say so?");
        string At(int count, string side) => $"{(count == 0 ? "none" : Wording.Number(count))} at the {side}";
        string be = lows > 1 || (lows == 0 && highs != 1) ? "are" : "is";
        string counts = $"There {be} {At(lows, low)} and {At(highs, high)}";
        return new Round(
            question,
            lows == highs
                ? $"{counts}, so neither side holds more."
                : $"{counts}, so the {(lows > highs ? low : high)} holds more.");
    }
}
