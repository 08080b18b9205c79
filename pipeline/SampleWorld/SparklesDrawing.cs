using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>A dialogue that brings images in more than one message and refers to them by
/// <c>IMAGE#id</c>: SparklesDialogue's record.</summary>
/// <param name="Messages">The user's and the assistant's, alternately.</param>
internal sealed record SparklesDrawing(IReadOnlyList<SparklesMessage> Messages)
{
    /// <summary>Most images of one dialogue.</summary>
    public const int MostImages = 4;

    private const string Mark = "<Img><ImageHere></Img>";

    /// <summary>A dialogue of two to four rounds; no image is held out.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="imageIds">
    /// Ids for its images, <see cref="MostImages"/> of them; as many as needed are taken, in order.
    /// </param>
    public static SparklesDrawing Draw(ref KeyedRandom random, IReadOnlyList<long> imageIds)
    {
        var messages = new List<SparklesMessage>();
        var seen = new List<SparklesImage>();
        int first = random.NextInclusive(2, 3);
        var shown = new List<SparklesImage>();
        for (int index = 0; index < first; index++)
            shown.Add(new SparklesImage(imageIds[index], SceneDrawing.Draw(ref random, 1, 5, heldOut: false)));
        AddOpening(ref random, messages, shown);
        seen.AddRange(shown);

        if (random.Next(2) == 0)
            AddQuestion(ref random, messages, seen);
        if (random.Next(4) > 0)
        {
            var next = new SparklesImage(imageIds[first], SceneDrawing.Draw(ref random, 1, 5, heldOut: false));
            AddComparison(ref random, messages, seen, next);
            seen.Add(next);
        }

        AddQuestion(ref random, messages, seen);
        return new SparklesDrawing(messages);
    }

    private static string Reference(SparklesImage image) => $"IMAGE#{image.Id}";

    private static string Shown(SparklesImage image) => $"IMAGE#{image.Id}{Mark}";

    private static void Add(
        List<SparklesMessage> messages, string question, IReadOnlyList<SparklesImage> images, string answer)
    {
        messages.Add(new SparklesMessage("user", question, images));
        messages.Add(new SparklesMessage("assistant", answer, []));
    }

    private static void AddOpening(ref KeyedRandom random, List<SparklesMessage> messages, List<SparklesImage> images)
    {
        string all = Wording.List([.. images.Select(Shown)]);
        if (random.Next(2) == 0)
        {
            string question = Wording.Pick(
                ref random,
                $"What do {all} show?",
                $"Can you describe {all} to me?",
                $"Please compare {all}.",
                $"I have here {all}. What is in each of them?");
            Add(
                messages,
                question,
                images,
                string.Join(' ', images.Select(image => $"{Reference(image)} shows {Wording.Contents(image.Scene)}.")));
            return;
        }

        SparklesImage[] most =
        [
            .. images.Where(image => image.Scene.Objects.Count == images.Max(other => other.Scene.Objects.Count)),
        ];
        string counts = Wording.List(
            [
                .. images.Select(
                    image => $"{Reference(image)} has {Wording.Counted(image.Scene.Objects.Count, default)}"),
            ]);
        string verdict = most.Length == 1
            ? $"{Reference(most[0])} has the most."
            : "there is no single one with the most.";
        Add(messages,
            Wording.Pick(
                ref random,
                $"Look at {all}. Which has the most objects?",
                $"Of {all}, which one shows the most objects?"),
            images,
            $"{counts}, so {verdict}");
    }

    private static void AddQuestion(ref KeyedRandom random, List<SparklesMessage> messages, List<SparklesImage> seen)
    {
        SparklesImage image = seen[random.Next(seen.Count)];
        ClosedQuestion closed = SceneQuestions.Any(ref random, image.Scene).About(Reference(image));
        Round round = PictureRounds.Ask(ref random, closed, brief: random.Next(2) == 0);
        Add(messages, round.Question, [], round.Answer);
    }

    private static void AddComparison(
        ref KeyedRandom random, List<SparklesMessage> messages, List<SparklesImage> seen, SparklesImage next)
    {
        SparklesImage earlier = seen[random.Next(seen.Count)];
        if (random.Next(2) == 0)
        {
            string[] common =
            [
                .. next.Scene.Objects.Select(item => item.Color)
                    .Intersect(earlier.Scene.Objects.Select(item => item.Color))
                    .Order()
                    .Select(Wording.Of),
            ];
            Add(messages,
                Wording.Pick(
                    ref random,
                    $"Here is {Shown(next)}. Which colors does it share with {Reference(earlier)}?",
                    $"Which colors are in {Reference(earlier)} as well as in {Shown(next)}?"),
                [next],
                common.Length == 0
                    ? $"{Reference(earlier)} and {Reference(next)} have no color in common."
                    : $"Both {Reference(earlier)} and {Reference(next)} show {Wording.List(common)}.");
            return;
        }

        Add(messages,
            Wording.Pick(
                ref random,
                $"And this one, {Shown(next)}: how does it compare with {Reference(earlier)}?",
                $"What can be seen in {Shown(next)}, compared with {Reference(earlier)}?"),
            [next],
            $"{Reference(next)} shows {Wording.Contents(next.Scene)}, while {Reference(earlier)} shows " +
            $"{Wording.Contents(earlier.Scene)}.");
    }
}
