using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Two pictures that differ in one object or two, and what is asked about them: CGD's and SD's
/// episodes.
/// </summary>
/// <param name="First">The earlier picture.</param>
/// <param name="Changes">The differences; the last one's result is the later picture.</param>
internal sealed record Comparison(Scene First, IReadOnlyList<SceneChange> Changes)
{
    /// <summary>The later picture.</summary>
    public Scene Second => Changes[^1].Result;

    /// <summary>A pair that differs in one object of a few: CGD's.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="heldOut">The side of the held-out split.</param>
    /// <param name="most">Most objects in the earlier picture.</param>
    public static Comparison General(ref KeyedRandom random, bool heldOut, int most)
    {
        // The kind stays while scenes are tried: else the kinds with many outcomes would be the
        // likelier to end on the wanted side of the split.
        var kind = (ChangeKind)random.Next(5);
        while (true)
        {
            Scene first = SceneDrawing.Draw(ref random, Math.Min(2, most), most, heldOut);
            if (SceneChange.OfKind(ref random, first, kind, []) is { } change && change.Result.IsHeldOut == heldOut)
                return new Comparison(first, [change]);
        }
    }

    /// <summary>A pair that differs in one or two objects of many: SD's.</summary>
    public static Comparison Subtle(ref KeyedRandom random)
    {
        Scene first = SceneDrawing.Draw(ref random, 4, 6, heldOut: false);
        SceneChange change = SceneChange.Draw(ref random, first, heldOut: false, []);
        return random.Next(2) == 0
            ? new Comparison(first, [change])
            : new Comparison(
                first,
                [
                    change,
                    SceneChange.Draw(
                        ref random, change.Result, heldOut: false, [change.Before.Cell, change.After.Cell]),
                ]);
    }

    /// <summary>A closed question about the pair.</summary>
    public ClosedQuestion Closed(ref KeyedRandom random)
    {
        bool countsDiffer = Changes.Any(change => change.Kind is not (ChangeKind.Moved or ChangeKind.Resized));
        return random.Next(8) switch
        {
            <= 2 when Changes.Count == 1 => ImageSetQuestions.Change(ref random, Changes[0]),
            <= 5 when Changes.Count == 1 => ImageSetQuestions.ChangedObject(ref random, Changes[0]),
            6 when countsDiffer => ImageSetQuestions.MoreInImage(ref random, First, Second),
            _ => ImageSetQuestions.Total(ref random, [First, Second]),
        };
    }

    /// <summary>The pair with up to <paramref name="rounds"/> different rounds.</summary>
    public Episode Ask(ref KeyedRandom random, int rounds)
    {
        var asked = new HashSet<ClosedKind>();
        var all = new List<Round>(rounds);
        bool open = random.Next(5) < 2;
        if (open)
            all.Add(Open(ref random));
        while (all.Count < rounds)
        {
            ClosedQuestion closed = Closed(ref random);
            if (asked.Add(closed.Kind))
                all.Add(PictureRounds.Ask(ref random, closed, brief: random.Next(4) > 0));
            else if (!open)
            {
                open = true;
                all.Add(Open(ref random));
            }
            else
                break;
        }

        return new Episode([First, Second], all);
    }

    private Round Open(ref KeyedRandom random)
    {
        string question = Wording.Pick(ref random,
            "What is the difference between the two images?",
            "What has changed from image 1 to image 2?",
            "Compare the two images and say what differs.",
            "How does image 2 differ from image 1?",
            "Spot the difference between these two pictures.",
            "Can you find what is not the same in both images?");
        string count = Changes.Count == 1 ? "" : "There are two differences. ";
        var sentences = new List<string>();
        foreach (SceneChange change in Changes)
            sentences.Add(Wording.Sentence(change.Difference(ref random)) + ".");
        return new Round(question, count + string.Join(' ', sentences));
    }
}
