using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// One held-out conversation of closed questions, each asking for the short answer.
/// </summary>
/// <param name="Name">
/// Its name, which tells its form: <c>picture</c>, <c>dialogue</c>, <c>pair</c> or
/// <c>difference</c>, and its number.
/// </param>
/// <param name="Scenes">Its images, all of them held out and brought by the first round.</param>
/// <param name="Closed">Its questions.</param>
/// <param name="Rounds">The questions as asked, and their answers.</param>
internal sealed record HeldOutEntry(
    string Name, IReadOnlyList<Scene> Scenes, IReadOnlyList<ClosedQuestion> Closed, IReadOnlyList<Round> Rounds)
{
    /// <summary>The held-out conversations of a world of some records.</summary>
    public static IEnumerable<HeldOutEntry> All(int samples, long seed) =>
        Enumerable.Range(0, HeldOutFiles.CountFor(samples)).Select(ordinal => Draw(seed, ordinal));

    /// <summary>The files of its images in a world's folder.</summary>
    public IEnumerable<string> Images(string world) =>
        Scenes.Select(
            (_, image) =>
                Path.Combine(world, HeldOutFiles.Folder, "images", $"{HeldOutFiles.ImageName(Name, image)}.jpg"));

    /// <summary>
    /// The entry of a number: half of them about one picture, a fifth with follow-ups, the rest
    /// about two pictures.
    /// </summary>
    public static HeldOutEntry Draw(long seed, int ordinal)
    {
        var random = new KeyedRandom(seed, "heldout", ordinal, "entry");
        (string form, Scene[] scenes, ClosedQuestion[] closed) = random.Next(10) switch
        {
            < 5 => OnePicture(ref random),
            < 7 => Dialogue(ref random),
            < 8 => Pair(ref random),
            _ => Difference(ref random),
        };
        var rounds = new Round[closed.Length];
        for (int index = 0; index < closed.Length; index++)
            rounds[index] = PictureRounds.Ask(ref random, closed[index], brief: true);
        return new HeldOutEntry($"{form}-{ordinal + 1:D6}", scenes, closed, rounds);
    }

    private static (string, Scene[], ClosedQuestion[]) OnePicture(ref KeyedRandom random)
    {
        Scene scene = SceneDrawing.Draw(ref random, 1, 6, heldOut: true);
        return ("picture", [scene], [SceneQuestions.Any(ref random, scene)]);
    }

    private static (string, Scene[], ClosedQuestion[]) Dialogue(ref KeyedRandom random)
    {
        Scene scene = SceneDrawing.Draw(ref random, 2, 6, heldOut: true);
        var closed = new ClosedQuestion[random.NextInclusive(2, 4)];
        for (int index = 0; index < closed.Length; index++)
        {
            do
                closed[index] = SceneQuestions.Any(ref random, scene);
            while (closed.Take(index).Any(earlier => earlier.Kind == closed[index].Kind));
        }

        return ("dialogue", [scene], closed);
    }

    private static (string, Scene[], ClosedQuestion[]) Pair(ref KeyedRandom random)
    {
        Scene first = SceneDrawing.Draw(ref random, 1, 6, heldOut: true);
        Scene second = SceneDrawing.Draw(ref random, 1, 6, heldOut: true);
        ClosedQuestion closed = random.Next(2) == 0
            ? ImageSetQuestions.MoreInImage(ref random, first, second)
            : ImageSetQuestions.Total(ref random, [first, second]);
        return ("pair", [first, second], [closed]);
    }

    private static (string, Scene[], ClosedQuestion[]) Difference(ref KeyedRandom random)
    {
        Comparison comparison = Comparison.General(
            ref random, heldOut: true, SampleWorldSettings.Default.Objects);
        return ("difference", [comparison.First, comparison.Second], [comparison.Closed(ref random)]);
    }
}
