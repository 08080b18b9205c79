using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Pictures in order, with one event from each to the next, and what is asked about them: VST's
/// episodes.
/// </summary>
/// <param name="First">The first picture.</param>
/// <param name="Events">The events; each one's result is the next picture.</param>
internal sealed record Tale(Scene First, IReadOnlyList<SceneChange> Events)
{
    private static readonly string[] Openings = ["Then", "Next", "After that", "Later"];

    /// <summary>The pictures in order.</summary>
    public IReadOnlyList<Scene> Scenes => [First, .. Events.Select(change => change.Result)];

    /// <summary>A tale of three to five pictures, none of them held out.</summary>
    public static Tale Draw(ref KeyedRandom random)
    {
        Scene first = SceneDrawing.Draw(ref random, 2, 4, heldOut: false);
        var events = new SceneChange[random.NextInclusive(2, 4)];
        Scene latest = first;
        for (int index = 0; index < events.Length; index++)
        {
            events[index] = SceneChange.Draw(ref random, latest, heldOut: false, []);
            latest = events[index].Result;
        }

        return new Tale(first, events);
    }

    /// <summary>The tale with up to <paramref name="rounds"/> different rounds.</summary>
    public Episode Ask(ref KeyedRandom random, int rounds)
    {
        Span<int> forms = [0, 1, 2, 3];
        random.Shuffle(forms);
        var all = new List<Round>(rounds);
        foreach (int form in forms[..rounds])
            all.Add(
                form == 0
                    ? Told(ref random)
                    : PictureRounds.Ask(ref random, Closed(ref random, form), brief: random.Next(4) > 0));
        return new Episode(Scenes, all);
    }

    private Round Told(ref KeyedRandom random)
    {
        string question = Wording.Pick(ref random,
            "Tell the story of these images.",
            "What happens from the first image to the last?",
            "Describe the events in order.",
            "What story do the pictures tell?");
        bool startsWithSeveral = ObjectPhrase.Of(First.Objects[0]).CountIn(First) > 1;
        string be = startsWithSeveral ? "are" : "is";
        List<string> sentences = [$"At first there {be} {Wording.Contents(First)}."];
        for (int index = 0; index < Events.Count; index++)
        {
            string opening = index > 0 && index == Events.Count - 1
                ? "Finally"
                : Openings[random.Next(Openings.Length)];
            sentences.Add($"{opening}, {Events[index].Event(ref random)}.");
        }

        return new Round(question, string.Join(' ', sentences));
    }

    private ClosedQuestion Closed(ref KeyedRandom random, int form)
    {
        IReadOnlyList<Scene> scenes = Scenes;
        if (form == 1)
        {
            int index = random.Next(Events.Count);
            string next = Wording.Ordinal(index + 1);
            string question = Wording.Pick(ref random,
                $"From image {index + 1} to image {index + 2}, did an object change its color, its size or its " +
                $"position, or has one appeared or disappeared?",
                $"What kind of change does the {next} image bring: color, size, position, appeared or disappeared?");
            return new ClosedQuestion(
                ClosedKind.Change,
                question,
                Events[index].KindAnswer,
                $"In image {index + 2}, {Events[index].Event(ref random)}.");
        }

        if (form == 2)
        {
            int image = random.Next(scenes.Count);
            string question = Wording.Pick(
                ref random,
                $"How many objects are there in image {image + 1}?",
                $"How many objects does the {Wording.Ordinal(image)} image show?");
            int count = scenes[image].Objects.Count;
            return new ClosedQuestion(
                ClosedKind.Count, question, $"{count}", $"Image {image + 1} shows {Wording.Counted(count, default)}.");
        }

        while (true)
        {
            int image = random.Next(scenes.Count);
            if (SceneQuestions.OfKind(ref random, scenes[image], ClosedKind.Color) is { } closed)
                return closed.About($"image {image + 1}");
        }
    }
}
