using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>A dialogue that brings images in more than one turn and refers to them by <c>IMAGE#id</c>: SparklesDialogue's record.</summary>
/// <param name="Turns">The user's and the assistant's turns, alternately.</param>
public sealed record SparklesDialogue(IReadOnlyList<SparklesTurn> Turns)
{
    /// <summary>Most images of one dialogue.</summary>
    public const int MostImages = 4;

    private const string Mark = "<Img><ImageHere></Img>";

    /// <summary>A dialogue of two to four rounds; no image is held out.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="imageIds">Ids for its images, <see cref="MostImages"/> of them; as many as needed are taken, in order.</param>
    public static SparklesDialogue Draw(ref KeyedRandom random, IReadOnlyList<long> imageIds)
    {
        var turns = new List<SparklesTurn>();
        var seen = new List<SparklesImage>();
        int first = random.NextInclusive(2, 3);
        var shown = new List<SparklesImage>();
        for (int index = 0; index < first; index++)
            shown.Add(new SparklesImage(imageIds[index], SceneDrawing.Draw(ref random, 1, 5, heldOut: false)));
        AddOpening(ref random, turns, shown);
        seen.AddRange(shown);

        if (random.Next(2) == 0)
            AddQuestion(ref random, turns, seen);
        if (random.Next(4) > 0)
        {
            var next = new SparklesImage(imageIds[first], SceneDrawing.Draw(ref random, 1, 5, heldOut: false));
            AddComparison(ref random, turns, seen, next);
            seen.Add(next);
        }

        AddQuestion(ref random, turns, seen);
        return new SparklesDialogue(turns);
    }

    private static string Reference(SparklesImage image) => $"IMAGE#{image.Id}";

    private static string Shown(SparklesImage image) => $"IMAGE#{image.Id}{Mark}";

    private static void Add(List<SparklesTurn> turns, string question, IReadOnlyList<SparklesImage> images, string answer)
    {
        turns.Add(new SparklesTurn("user", question, images));
        turns.Add(new SparklesTurn("assistant", answer, []));
    }

    private static void AddOpening(ref KeyedRandom random, List<SparklesTurn> turns, List<SparklesImage> images)
    {
        string all = Wording.List([.. images.Select(Shown)]);
        if (random.Next(2) == 0)
        {
            string question = Wording.Pick(ref random, $"What do {all} show?", $"Can you describe {all} to me?", $"Please compare {all}.", $"I have here {all}. What is in each of them?");
            Add(turns, question, images, string.Join(' ', images.Select(image => $"{Reference(image)} shows {Wording.Contents(image.Scene)}.")));
            return;
        }

        SparklesImage[] most = [.. images.Where(image => image.Scene.Objects.Count == images.Max(other => other.Scene.Objects.Count))];
        string counts = Wording.List([.. images.Select(image => $"{Reference(image)} has {Wording.Counted(image.Scene.Objects.Count, default)}")]);
        Add(turns,
            Wording.Pick(ref random, $"Look at {all}. Which has the most objects?", $"Of {all}, which one shows the most objects?"),
            images,
            $"{counts}, so {(most.Length == 1 ? $"{Reference(most[0])} has the most." : "there is no single one with the most.")}");
    }

    private static void AddQuestion(ref KeyedRandom random, List<SparklesTurn> turns, List<SparklesImage> seen)
    {
        SparklesImage image = seen[random.Next(seen.Count)];
        ClosedQuestion closed = SceneQuestions.Any(ref random, image.Scene).About(Reference(image));
        Round round = PictureRounds.Ask(ref random, closed, brief: random.Next(2) == 0);
        Add(turns, round.Question, [], round.Answer);
    }

    private static void AddComparison(ref KeyedRandom random, List<SparklesTurn> turns, List<SparklesImage> seen, SparklesImage next)
    {
        SparklesImage earlier = seen[random.Next(seen.Count)];
        if (random.Next(2) == 0)
        {
            string[] common = [.. next.Scene.Objects.Select(item => item.Color).Intersect(earlier.Scene.Objects.Select(item => item.Color)).Order().Select(Wording.Of)];
            Add(turns,
                Wording.Pick(ref random, $"Here is {Shown(next)}. Which colors does it share with {Reference(earlier)}?", $"Which colors are in {Reference(earlier)} as well as in {Shown(next)}?"),
                [next],
                common.Length == 0
                    ? $"{Reference(earlier)} and {Reference(next)} have no color in common."
                    : $"Both {Reference(earlier)} and {Reference(next)} show {Wording.List(common)}.");
            return;
        }

        Add(turns,
            Wording.Pick(ref random, $"And this one, {Shown(next)}: how does it compare with {Reference(earlier)}?", $"What can be seen in {Shown(next)}, compared with {Reference(earlier)}?"),
            [next],
            $"{Reference(next)} shows {Wording.Contents(next.Scene)}, while {Reference(earlier)} shows {Wording.Contents(earlier.Scene)}.");
    }
}
