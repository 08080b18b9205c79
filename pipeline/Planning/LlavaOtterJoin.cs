using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// The LLaVA-Otter join on COCO images (arXiv 2309.14327, section 4.2): conversations about each
/// image of a CGD pair come first, the comparison of the pair after them, and optionally one more
/// conversation about each image.
/// </summary>
internal sealed class LlavaOtterJoin
{
    private readonly SourceCatalog _catalog;
    private readonly long _seed;
    private readonly EntrySettings _settings;
    private readonly int _pairs;
    private readonly Dictionary<int, List<(short Dataset, int Conversation)>> _byImage = [];

    /// <summary>Groups the LLaVA conversations by their image.</summary>
    public LlavaOtterJoin(SourceCatalog catalog, long seed, EntrySettings settings, int[] datasets, bool[][] usable)
    {
        (_catalog, _seed, _settings, _pairs) = (catalog, seed, settings, datasets[^1]);
        foreach (int index in datasets.AsSpan(0, datasets.Length - 1))
        {
            DatasetIndex dataset = catalog.Datasets[index];
            for (int conversation = 0; conversation < dataset.ConversationCount; conversation++)
            {
                ReadOnlySpan<int> images = dataset.ImagesOfConversation(conversation);
                if (!usable[index][conversation] || images.Length != 1)
                    continue;
                if (!_byImage.TryGetValue(images[0], out var list))
                    _byImage.Add(images[0], list = []);
                list.Add(((short)index, conversation));
            }
        }
    }

    /// <summary>
    /// Joins one CGD conversation. Returns null if one of its images, other than the last, has no
    /// LLaVA conversation: then no order of rounds shows the images in the pair's order.
    /// </summary>
    public PlannedPart[]? TryMake(int conversation)
    {
        DatasetIndex pairs = _catalog.Datasets[_pairs];
        int[] images = pairs.ImagesOfConversation(conversation).ToArray().Distinct().ToArray();
        if (images.Length == 0 || images.SkipLast(1).Any(image => !_byImage.ContainsKey(image)))
            return null;

        ReadOnlySpan<int> rounds = pairs.RecordsOf(conversation);
        var random = new KeyedRandom(_seed, _settings.Name, pairs.RecordOrdinals[rounds[0]], "join");
        var parts = new List<PlannedPart>();
        var drawn = new HashSet<(short Dataset, int Conversation)>();
        for (int place = 0; place < images.Length; place++)
        {
            if (!_byImage.TryGetValue(images[place], out var about))
                continue;
            int least = place < images.Length - 1 ? 1 : 0;
            foreach (int choice in Draw(ref random, about.Count, least))
            {
                drawn.Add(about[choice]);
                AddConversation(parts, about[choice], PartRole.Continues, 0);
            }
        }

        int[] compared = Draw(ref random, rounds.Length, 1);
        Array.Sort(compared);
        foreach (int round in compared)
            parts.Add(new PlannedPart((short)_pairs, PartRole.Continues, 0, rounds[round]));

        if (_settings.FollowUp)
        {
            for (int place = 0; place < images.Length; place++)
            {
                if (!_byImage.TryGetValue(images[place], out var about))
                    continue;
                // Prefers a conversation that is not in the sample yet.
                int[] order = Draw(ref random, about.Count, about.Count);
                int fresh = Array.FindIndex(order, choice => !drawn.Contains(about[choice]));
                AddConversation(parts, about[order[Math.Max(fresh, 0)]], PartRole.FollowUp, checked((byte)(place + 1)));
            }
        }

        return [.. parts];
    }

    private void AddConversation(
        List<PlannedPart> parts, (short Dataset, int Conversation) chosen, PartRole role, byte image)
    {
        foreach (int record in _catalog.Datasets[chosen.Dataset].RecordsOf(chosen.Conversation))
            parts.Add(new PlannedPart(chosen.Dataset, role, image, record));
    }

    /// <summary>
    /// Draws at least <paramref name="least"/> and at most all of <paramref name="count"/> items,
    /// in random order.
    /// </summary>
    private static int[] Draw(ref KeyedRandom random, int count, int least)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle<int>(order);
        return order[..random.NextInclusive(least, count)];
    }
}
