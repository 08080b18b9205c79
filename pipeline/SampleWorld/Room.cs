using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// A wide room seen in overlapping views from left to right, and what is asked about it: SN's
/// episodes.
/// </summary>
/// <param name="Views">
/// Three or four pictures; the right column of each is the left column of the next.
/// </param>
/// <param name="Objects">
/// Every object of the room once; no two have the same color and shape, so that what recurs in two
/// views is known to be one.
/// </param>
internal sealed record Room(IReadOnlyList<Scene> Views, IReadOnlyList<SceneObject> Objects)
{
    private const int ColumnsAView = Scene.GridSide - 1;

    /// <summary>A room with no held-out view.</summary>
    public static Room Draw(ref KeyedRandom random)
    {
        while (true)
        {
            Scene empty = SceneDrawing.Empty(ref random);
            int viewCount = random.NextInclusive(3, 4);
            var objects = new List<SceneObject>();
            for (int column = 0; column <= ColumnsAView * viewCount; column++)
            {
                // The columns that only one view has are never empty, so no view is.
                bool inOneView = column % ColumnsAView != 0;
                int row = random.Next(Scene.GridSide);
                if (inOneView || random.Next(2) == 0)
                    Add(ref random, objects, column, row);
                if (inOneView && random.Next(2) == 0)
                    Add(ref random, objects, column, (row + 1) % Scene.GridSide);
            }

            Scene[] views =
            [
                .. Enumerable.Range(0, viewCount).Select(view => empty.With(objects
                    .Where(item => item.Column / ColumnsAView == view || item.Column == ColumnsAView * (view + 1))
                    .Select(item => item with { Column = item.Column - (ColumnsAView * view) }))),
            ];
            if (views.All(view => !view.IsHeldOut))
                return new Room(views, objects);
        }
    }

    /// <summary>The room with up to <paramref name="rounds"/> different rounds.</summary>
    public Episode Ask(ref KeyedRandom random, int rounds)
    {
        Span<int> forms = [0, 1, 2, 3];
        random.Shuffle(forms);
        var all = new List<Round>(rounds);
        foreach (int form in forms[..rounds])
            all.Add(Ask(ref random, form, brief: random.Next(4) > 0));
        return new Episode(Views, all);
    }

    private static void Add(ref KeyedRandom random, List<SceneObject> objects, int column, int row)
    {
        SceneObject item;
        do
            item = SceneDrawing.DrawObject(ref random, 0) with { Column = column, Row = row };
        while (objects.Any(item.SharesName));
        objects.Add(item);
    }

    private Round Ask(ref KeyedRandom random, int form, bool brief) => form switch
    {
        0 => Tour(ref random),
        1 => PictureRounds.Ask(ref random, Different(ref random), brief),
        2 => PictureRounds.Ask(ref random, WhichView(ref random), brief),
        _ => PictureRounds.Ask(ref random, ColorInView(ref random), brief),
    };

    private Round Tour(ref KeyedRandom random)
    {
        string question = Wording.Pick(ref random,
            "These images show one room from left to right. What is in it?",
            "Describe the room, view by view.",
            "Walk through the views of this room and tell me what each shows.");
        return new Round(
            question,
            string.Join(' ', Views.Select((view, index) => $"Image {index + 1} shows {Wording.Contents(view)}.")));
    }

    private ClosedQuestion Different(ref KeyedRandom random)
    {
        string question = Wording.Pick(ref random,
            "The views overlap. How many different objects are in the room?",
            "How many objects does the room have, if what is seen in two views counts once?");
        return new ClosedQuestion(
            ClosedKind.Total,
            question,
            $"{Objects.Count}",
            $"The room has {Wording.Number(Objects.Count)} different objects.");
    }

    private ClosedQuestion WhichView(ref KeyedRandom random)
    {
        SceneObject[] seenOnce = [.. Objects.Where(item => item.Column % ColumnsAView != 0)];
        SceneObject item = seenOnce[random.Next(seenOnce.Length)];
        return ImageSetQuestions.WhichShows(ref random, "the " + ObjectPhrase.Name(item), item.Column / ColumnsAView);
    }

    private ClosedQuestion ColorInView(ref KeyedRandom random)
    {
        while (true)
        {
            int view = random.Next(Views.Count);
            ClosedKind kind = random.Next(2) == 0 ? ClosedKind.Color : ClosedKind.Shape;
            if (SceneQuestions.OfKind(ref random, Views[view], kind) is { } closed)
                return closed.About($"image {view + 1}");
        }
    }
}
