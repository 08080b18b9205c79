using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Two pictures that were not made from one another, and what is asked about them together: those
/// of CGD's episodes that compare general scenes.
/// </summary>
internal sealed record UnrelatedPair(Scene First, Scene Second)
{
    private const int MostAttempts = 20;

    /// <summary>The pair with up to <paramref name="rounds"/> different rounds.</summary>
    public Episode Ask(ref KeyedRandom random, int rounds)
    {
        var asked = new HashSet<(ClosedKind, string)>();
        var all = new List<Round>(rounds);
        if (random.Next(6) == 0)
            all.Add(Contents(ref random));

        // Two pictures of one object have few different questions; one always is.
        for (int attempt = 0; all.Count < rounds && (attempt < MostAttempts || all.Count == 0); attempt++)
        {
            ClosedQuestion closed = Closed(ref random);
            if (asked.Add((closed.Kind, closed.Answer)))
                all.Add(PictureRounds.Ask(ref random, closed, brief: random.Next(4) > 0));
        }

        return new Episode([First, Second], all);
    }

    private ClosedQuestion Closed(ref KeyedRandom random)
    {
        int form = random.Next(5);
        if (form == 4)
        {
            int image = random.Next(2);
            (Scene shown, Scene other) = image == 0 ? (First, Second) : (Second, First);
            ObjectPhrase phrase = SceneQuestions.DrawCategory(ref random, shown);
            if (phrase.CountIn(shown) > 0 && phrase.CountIn(other) == 0)
                return ImageSetQuestions.WhichShows(ref random, phrase.Indefinite, image);
        }

        return form < 2
            ? ImageSetQuestions.MoreInImage(ref random, First, Second)
            : ImageSetQuestions.Total(ref random, [First, Second]);
    }

    private Round Contents(ref KeyedRandom random)
    {
        string question = Wording.Pick(ref random,
            "What does each of the two images show?",
            "Describe both images.",
            "Say what is in image 1 and what is in image 2.");
        return new Round(
            question, $"Image 1 shows {Wording.Contents(First)}. Image 2 shows {Wording.Contents(Second)}.");
    }
}
