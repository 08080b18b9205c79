using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Closed questions about one picture. Where an answer could be guessed (yes or no, how many), the
/// answer is drawn before the question, so that guessing the commonest answer gains little; an
/// object is only spoken of by a phrase that is true of it alone.
/// </summary>
internal static class SceneQuestions
{
    private static readonly string[] Relations = ["to the left of", "to the right of", "above", "below"];

    // How often each kind is tried, in hundredths; a scene that does not allow it is asked another.
    // Kinds with two answers are the rarer ones, so that guessing blindly gets less than a quarter
    // right.
    private static readonly (ClosedKind Kind, int Share)[] Shares =
    [
        (ClosedKind.Color, 22),
        (ClosedKind.Shape, 17),
        (ClosedKind.Position, 16),
        (ClosedKind.Count, 14),
        (ClosedKind.Extreme, 7),
        (ClosedKind.Exists, 8),
        (ClosedKind.Relation, 6),
        (ClosedKind.Size, 4),
        (ClosedKind.More, 3),
        (ClosedKind.Between, 3),
    ];

    /// <summary>A question of a kind drawn by its share.</summary>
    public static ClosedQuestion Any(ref KeyedRandom random, Scene scene)
    {
        while (true)
        {
            int drawn = random.Next(100);
            int kind = 0;
            while (drawn >= Shares[kind].Share)
                drawn -= Shares[kind++].Share;
            if (OfKind(ref random, scene, Shares[kind].Kind) is { } question)
                return question;
        }
    }

    /// <summary>
    /// A question of a kind about one picture; null where the picture does not allow one that is
    /// unambiguous.
    /// </summary>
    public static ClosedQuestion? OfKind(ref KeyedRandom random, Scene scene, ClosedKind kind) => kind switch
    {
        ClosedKind.Color => Color(ref random, scene),
        ClosedKind.Shape => Shape(ref random, scene),
        ClosedKind.Count => Count(ref random, scene),
        ClosedKind.Exists => Exists(ref random, scene),
        ClosedKind.Relation => Relation(ref random, scene),
        ClosedKind.Position => Position(ref random, scene),
        ClosedKind.Extreme => Extreme(ref random, scene),
        ClosedKind.Between => Between(ref random, scene),
        ClosedKind.Size => Size(ref random, scene),
        ClosedKind.More => More(ref random, scene),
        ClosedKind.Remaining => Remaining(ref random, scene),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind about one picture"),
    };

    /// <summary>A phrase by color, by shape, or by both, for something to count.</summary>
    internal static ObjectPhrase DrawCategory(ref KeyedRandom random, Scene scene)
    {
        // Mostly what the scene has; sometimes the color of one object with the shape of another,
        // which it may lack.
        SceneObject one = DrawObject(ref random, scene);
        SceneObject other = DrawObject(ref random, scene);
        return random.Next(5) switch
        {
            0 or 1 => new ObjectPhrase(Color: one.Color),
            2 or 3 => new ObjectPhrase(Shape: one.Shape),
            _ => new ObjectPhrase(Color: one.Color, Shape: other.Shape),
        };
    }

    private static SceneObject DrawObject(ref KeyedRandom random, Scene scene) =>
        scene.Objects[random.Next(scene.Objects.Count)];

    private static string Digits(int number) => number.ToString();

    private static ClosedQuestion? Color(ref KeyedRandom random, Scene scene)
    {
        SceneObject item = DrawObject(ref random, scene);
        if (ObjectPhrase.Unique(ref random, scene, item, PhrasePart.Color) is not { } phrase)
            return null;
        string color = Wording.Of(item.Color);
        string question = Wording.Pick(ref random,
            $"What color is {phrase.Definite}?",
            $"What is the color of {phrase.Definite}?",
            $"Which color does {phrase.Definite} have?",
            $"In what color is {phrase.Definite} drawn?");
        return new ClosedQuestion(ClosedKind.Color, question, color,
            Wording.Pick(
                ref random,
                $"{Wording.Sentence(phrase.Definite)} is {color}.",
                $"It is {color}.",
                $"The color of {phrase.Definite} is {color}."));
    }

    private static ClosedQuestion? Shape(ref KeyedRandom random, Scene scene)
    {
        SceneObject item = DrawObject(ref random, scene);
        if (ObjectPhrase.Unique(ref random, scene, item, PhrasePart.Shape) is not { } phrase)
            return null;
        string shape = Wording.Of(item.Shape);
        string question = Wording.Pick(ref random,
            $"What shape is {phrase.Definite}?",
            $"What is the shape of {phrase.Definite}?",
            $"Which shape does {phrase.Definite} have?");
        return new ClosedQuestion(ClosedKind.Shape, question, shape,
            Wording.Pick(
                ref random,
                $"{Wording.Sentence(phrase.Definite)} is a {shape}.",
                $"It is a {shape}.",
                $"Its shape is that of a {shape}."));
    }

    private static ClosedQuestion Count(ref KeyedRandom random, Scene scene)
    {
        // Every phrase is filed under its count, the count is drawn, then a phrase of it.
        var byCount = new SortedDictionary<int, List<ObjectPhrase>>();
        void Add(ObjectPhrase phrase)
        {
            int count = phrase.CountIn(scene);
            if (!byCount.TryGetValue(count, out List<ObjectPhrase>? phrases))
                byCount[count] = phrases = [];
            phrases.Add(phrase);
        }

        Add(new ObjectPhrase());
        foreach (ObjectSize size in Enum.GetValues<ObjectSize>())
            Add(new ObjectPhrase(Size: size));
        foreach (ObjectColor color in Enum.GetValues<ObjectColor>())
            Add(new ObjectPhrase(Color: color));
        foreach (Shape shape in Enum.GetValues<Shape>())
            Add(new ObjectPhrase(Shape: shape));

        // Any picture has something it has none of and nearly any something it has one of:
        // unweighted, these two would be the best guesses.
        int[] counts =
        [
            .. byCount.Keys.SelectMany(
                count => Enumerable.Repeat(count, count switch { 0 => 2, 1 => 3, 2 => 6, _ => 5 })),
        ];
        int drawn = counts[random.Next(counts.Length)];
        ObjectPhrase asked = byCount[drawn][random.Next(byCount[drawn].Count)];
        string question = Wording.Pick(ref random,
            $"How many {asked.Plural} are there?",
            $"How many {asked.Plural} can you see?",
            $"What is the number of {asked.Plural} in the image?",
            $"How many {asked.Plural} does the image show?");
        string counted = Wording.Counted(drawn, asked);
        return new ClosedQuestion(ClosedKind.Count, question, Digits(drawn),
            Wording.Pick(
                ref random,
                $"There {(drawn == 1 ? "is" : "are")} {counted}.",
                $"The image shows {counted}.",
                $"One can see {counted}."));
    }

    private static ClosedQuestion Exists(ref KeyedRandom random, Scene scene)
    {
        bool yes = random.Next(2) == 0;
        int form = random.Next(3);
        ObjectPhrase phrase;
        do
        {
            SceneObject item = DrawObject(ref random, scene);

            // A "no" is a near miss where it can be: a color and a shape of the scene that do not
            // meet in one object.
            if (!yes)
            {
                bool near = random.Next(3) > 0;
                item = form switch
                {
                    0 => item with { Shape = near ? DrawObject(ref random, scene).Shape : (Shape)random.Next(8) },
                    1 => item with { Color = (ObjectColor)random.Next(8) },
                    _ => item with { Shape = (Shape)random.Next(8) },
                };
            }

            phrase = form switch
            {
                0 => new ObjectPhrase(Color: item.Color, Shape: item.Shape),
                1 => new ObjectPhrase(Color: item.Color),
                _ => new ObjectPhrase(Shape: item.Shape),
            };
        }
        while (phrase.CountIn(scene) > 0 != yes);
        string question = Wording.Pick(ref random,
            $"Is there {phrase.Indefinite} in the image?",
            $"Does the image show {phrase.Indefinite}?",
            $"Can you see {phrase.Indefinite}?",
            $"Is there {phrase.Indefinite}?");
        return yes
            ? new ClosedQuestion(ClosedKind.Exists, question, "yes",
                Wording.Pick(
                    ref random,
                    $"Yes, there is {phrase.Indefinite}.",
                    $"Yes, the image shows {phrase.Indefinite}.",
                    "Yes, there is."))
            : new ClosedQuestion(ClosedKind.Exists, question, "no",
                Wording.Pick(
                    ref random,
                    $"No, there is no {phrase.Singular}.",
                    $"No, the image shows no {phrase.Singular}.",
                    "No, there is not."));
    }

    private static ClosedQuestion? Relation(ref KeyedRandom random, Scene scene)
    {
        if (scene.Objects.Count < 2)
            return null;
        bool yes = random.Next(2) == 0;
        bool sideways = random.Next(2) == 0;
        SceneObject item = DrawObject(ref random, scene);
        SceneObject other = DrawObject(ref random, scene);
        int distance = sideways ? item.Column - other.Column : item.Row - other.Row;
        if (distance == 0
            || Named(ref random, scene, item) is not { } phrase
            || Named(ref random, scene, other) is not { } otherPhrase)
            return null;
        int actual = (sideways ? 0 : 2) + (distance < 0 ? 0 : 1);
        string relation = Relations[yes ? actual : actual ^ 1];
        string question = Wording.Pick(ref random,
            $"Is {phrase.Definite} {relation} {otherPhrase.Definite}?",
            $"Can {phrase.Definite} be found {relation} {otherPhrase.Definite}?",
            $"Does {phrase.Definite} stand {relation} {otherPhrase.Definite}?");
        return new ClosedQuestion(ClosedKind.Relation, question, yes ? "yes" : "no",
            $"{(yes ? "Yes" : "No")}, {phrase.Definite} is {Relations[actual]} {otherPhrase.Definite}.");
    }

    private static ClosedQuestion? Position(ref KeyedRandom random, Scene scene)
    {
        SceneObject item = DrawObject(ref random, scene);
        if (ObjectPhrase.Unique(ref random, scene, item, PhrasePart.Cell) is not { } phrase)
            return null;
        string place = Wording.Place(item.Cell);
        string question = Wording.Pick(ref random,
            $"Where is {phrase.Definite}?",
            $"In which part of the image is {phrase.Definite}?",
            $"Where in the image can {phrase.Definite} be found?");
        return new ClosedQuestion(ClosedKind.Position, question, place,
            Wording.Pick(
                ref random,
                $"{Wording.Sentence(phrase.Definite)} is in the {place}.",
                $"It is in the {place}.",
                $"You can find {phrase.Definite} in the {place}."));
    }

    private static ClosedQuestion? Extreme(ref KeyedRandom random, Scene scene)
    {
        if (scene.Objects.Count < 2)
            return null;
        (int side, string adjective, string phrase) = random.Next(4) switch
        {
            0 => (0, "leftmost", "farthest to the left"),
            1 => (1, "rightmost", "farthest to the right"),
            2 => (2, "highest", "closest to the top"),
            _ => (3, "lowest", "closest to the bottom"),
        };
        int Far(SceneObject item) => side switch { 0 => -item.Column, 1 => item.Column, 2 => -item.Row, _ => item.Row };
        SceneObject[] farthest = [.. scene.Objects.Where(item => Far(item) == scene.Objects.Max(Far))];
        if (farthest.Length != 1)
            return null;
        string name = ObjectPhrase.Name(farthest[0]);
        string question = Wording.Pick(
            ref random,
            $"Which object is {phrase}?",
            $"What is the {adjective} object?",
            $"Which of the objects is {phrase}?");
        return new ClosedQuestion(ClosedKind.Extreme, question, name,
            Wording.Pick(
                ref random,
                $"The {adjective} object is the {name}.",
                $"It is the {name}.",
                $"The {name} is {phrase}."));
    }

    private static ClosedQuestion? Between(ref KeyedRandom random, Scene scene)
    {
        // The middle one of three that fill a row or a column: nothing else can be meant.
        SceneObject[][] lines =
        [
            .. scene.Objects.GroupBy(item => item.Row)
                .Concat(scene.Objects.GroupBy(item => item.Column + Scene.GridSide))
                .Select(line => line.ToArray()).Where(line => line.Length == Scene.GridSide),
        ];
        if (lines.Length == 0)
            return null;
        SceneObject[] line = lines[random.Next(lines.Length)];
        SceneObject middle = line[1];
        if (Named(ref random, scene, line[0]) is not { } first || Named(ref random, scene, line[2]) is not { } last)
            return null;
        if (random.Next(2) == 0)
            (first, last) = (last, first);
        string name = ObjectPhrase.Name(middle);
        string question = Wording.Pick(ref random,
            $"Which object is between {first.Definite} and {last.Definite}?",
            $"What is between {first.Definite} and {last.Definite}?");
        return new ClosedQuestion(ClosedKind.Between, question, name,
            Wording.Pick(
                ref random, $"The {name} is between {first.Definite} and {last.Definite}.", $"It is the {name}."));
    }

    private static ClosedQuestion? Size(ref KeyedRandom random, Scene scene)
    {
        SceneObject item = DrawObject(ref random, scene);
        if (ObjectPhrase.Unique(ref random, scene, item, PhrasePart.Size) is not { } phrase)
            return null;
        string size = Wording.Of(item.Size);
        string question = Wording.Pick(ref random,
            $"Is {phrase.Definite} small or large?",
            $"Is {phrase.Definite} large or small?",
            $"What size is {phrase.Definite}, small or large?");
        return new ClosedQuestion(
            ClosedKind.Size,
            question,
            size,
            Wording.Pick(ref random, $"{Wording.Sentence(phrase.Definite)} is {size}.", $"It is {size}."));
    }

    private static ClosedQuestion? More(ref KeyedRandom random, Scene scene)
    {
        bool byColor = random.Next(2) == 0;
        SceneObject one = DrawObject(ref random, scene);
        SceneObject two = DrawObject(ref random, scene);
        ObjectPhrase first = byColor ? new ObjectPhrase(Color: one.Color) : new ObjectPhrase(Shape: one.Shape);
        ObjectPhrase second = byColor ? new ObjectPhrase(Color: two.Color) : new ObjectPhrase(Shape: two.Shape);
        int firstCount = first.CountIn(scene);
        int secondCount = second.CountIn(scene);
        if (firstCount == secondCount)
            return null;
        ObjectPhrase more = firstCount > secondCount ? first : second;
        string Short(ObjectPhrase phrase) =>
            byColor ? Wording.Of(phrase.Color!.Value) : Wording.PluralOf(phrase.Shape!.Value);
        string choice = byColor ? $"{Short(first)} or {Short(second)} objects" : $"{Short(first)} or {Short(second)}";
        string question = Wording.Pick(
            ref random,
            $"Are there more {choice}?",
            $"Does the image show more {choice}?",
            $"Which are there more of, {choice}?");
        return new ClosedQuestion(ClosedKind.More, question, Short(more),
            $"There are more {more.Plural}: {Wording.Number(Math.Max(firstCount, secondCount))} against " +
            $"{Wording.Number(Math.Min(firstCount, secondCount))}.");
    }

    private static ClosedQuestion? Remaining(ref KeyedRandom random, Scene scene)
    {
        ObjectPhrase removed = DrawCategory(ref random, scene);
        int removedCount = removed.CountIn(scene);
        if (removedCount == 0)
            return null;
        int left = scene.Objects.Count - removedCount;
        string question = Wording.Pick(ref random,
            $"How many objects would be left if every {removed.Singular} were taken away?",
            $"If you took away every {removed.Singular}, how many objects would remain?",
            $"How many objects are there without counting any {removed.Singular}?");
        string total = scene.Objects.Count == 1
            ? "is one object"
            : $"are {Wording.Number(scene.Objects.Count)} objects";
        return new ClosedQuestion(ClosedKind.Remaining, question, Digits(left),
            $"There {total} in all, and {Wording.Counted(removedCount, removed)} among them, so " +
            $"{(left == 0 ? "none" : Wording.Number(left))} would be left.");
    }

    private static ObjectPhrase? Named(ref KeyedRandom random, Scene scene, SceneObject item) =>
        ObjectPhrase.Unique(ref random, scene, item, PhrasePart.Cell);
}
