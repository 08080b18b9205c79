using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// Plans a blend: grouping for concatenation, the LLaVA-Otter join, sampling, the split, the
/// shuffle and the cut into shards. Reads no text and opens no image. Costs a few sorts over the
/// samples and one pass over the records; a million records plan in about a second.
/// </summary>
internal static class BlendPlanner
{
    /// <summary>Makes the plan.</summary>
    /// <param name="catalog">The indexed datasets.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="recipeFingerprint">
    /// The hash of everything in the recipe that decides the shards' bytes.
    /// </param>
    /// <param name="limit">
    /// Takes only the first samples of the shuffle, at most this many; null takes all.
    /// </param>
    public static BlendPlan Plan(SourceCatalog catalog, Recipe recipe, string recipeFingerprint, int? limit = null)
    {
        var samples = new SampleTable();
        var splits = new List<Split>();
        var rejects = new List<Reject>();
        bool[][] usable = UsableConversations(catalog, recipe.Data.MaxImages, rejects);
        ImageSplit? imageSplit = recipe.Data.Validation is { By: SplitBy.Image, Fraction: > 0 } validation
            ? ImageSplit.Of(catalog, validation.Fraction, recipe.Seed)
            : null;

        IReadOnlyList<EntrySettings> entries = recipe.Data.Sources;
        var conversations = new int[entries.Count];
        for (int entry = 0; entry < entries.Count; entry++)
        {
            var planner = new EntryPlanner(catalog, recipe, entries[entry], usable, imageSplit);
            conversations[entry] = planner.AddSamples(entry, samples, splits);
        }

        int[] mixed = Mix(samples, recipe, limit);
        PlannedShard[] shards = [.. CutShards(Split.Train), .. CutShards(Split.Validation)];
        EntryTally[] tallies = TallyEntries(catalog, entries.Count, samples, splits, mixed);
        return new BlendPlan
        {
            Samples = samples,
            Entries = [.. entries.Select((settings, entry) => tallies[entry].ToEntry(settings, conversations[entry]))],
            DistinctImages = tallies.SelectMany(tally => tally.Images).Distinct().Count(),
            Shards = shards,
            Rejects = rejects,
            Occurrences = CountOccurrences(catalog, samples, mixed),
            StraddlingConversations = imageSplit?.StraddlingCount ?? 0,
            Fingerprint = PlanFingerprint.Of(recipeFingerprint, catalog, samples, shards),
        };

        IEnumerable<PlannedShard> CutShards(Split split)
        {
            int[] ofSplit = Array.FindAll(mixed, sample => splits[sample] == split);
            return ShardBoundaries.Cut(split, ofSplit, samples, catalog, recipe);
        }
    }

    /// <summary>
    /// [datasets][conversations] Whether the first round shows few enough images; rejects the
    /// records of those that show too many.
    /// </summary>
    private static bool[][] UsableConversations(SourceCatalog catalog, int maxImages, List<Reject> rejects)
    {
        var usable = new bool[catalog.Datasets.Count][];
        for (int index = 0; index < usable.Length; index++)
        {
            DatasetIndex dataset = catalog.Datasets[index];
            usable[index] = new bool[dataset.ConversationCount];
            for (int conversation = 0; conversation < dataset.ConversationCount; conversation++)
            {
                ReadOnlySpan<int> records = dataset.RecordsOf(conversation);
                int shown = dataset.FirstRoundImages[records[0]];
                usable[index][conversation] = shown <= maxImages;
                if (shown <= maxImages)
                    continue;
                foreach (int record in records)
                    rejects.Add(TooManyImages(dataset, record, shown, maxImages));
            }
        }

        return usable;
    }

    private static Reject TooManyImages(DatasetIndex dataset, int record, int shown, int maxImages) => new(
        dataset.Name,
        dataset.RecordOrdinals[record],
        dataset.Reader.LabelOf(record),
        RejectReason.TooManyImages,
        $"its first round shows {shown} images; data.max_images is {maxImages}");

    private static int[] Mix(SampleTable samples, Recipe recipe, int? limit)
    {
        var keys = new (ulong Key, int Sample)[samples.Count];
        for (int sample = 0; sample < keys.Length; sample++)
        {
            string entry = recipe.Data.Sources[samples.EntryOf(sample)].Name;
            var random = new KeyedRandom(recipe.Seed, entry, samples.OrdinalOf(sample), "mix");
            keys[sample] = (random.NextBits(), sample);
        }

        Array.Sort(keys);
        int count = Math.Min(keys.Length, limit ?? keys.Length);
        return Array.ConvertAll(keys[..count], entry => entry.Sample);
    }

    private static EntryTally[] TallyEntries(
        SourceCatalog catalog, int entryCount, SampleTable samples, List<Split> splits, int[] mixed)
    {
        EntryTally[] tallies = [.. Enumerable.Range(0, entryCount).Select(_ => new EntryTally())];
        foreach (int sample in mixed)
            tallies[samples.EntryOf(sample)].Add(splits[sample], samples.PartsOf(sample), catalog);
        return tallies;
    }

    private static int[][] CountOccurrences(SourceCatalog catalog, SampleTable samples, int[] mixed)
    {
        int[][] occurrences = [.. catalog.Datasets.Select(dataset => new int[dataset.RecordCount])];
        foreach (int sample in mixed)
        {
            // A record that is twice in one sample (a follow-up of the same conversation) counts
            // once.
            ReadOnlySpan<PlannedPart> parts = samples.PartsOf(sample);
            for (int part = 0; part < parts.Length; part++)
            {
                if (!IsRepeat(parts, part))
                    occurrences[parts[part].Dataset][parts[part].Record]++;
            }
        }

        return occurrences;
    }

    private static bool IsRepeat(ReadOnlySpan<PlannedPart> parts, int part)
    {
        for (int before = 0; before < part; before++)
        {
            if (parts[before].Dataset == parts[part].Dataset && parts[before].Record == parts[part].Record)
                return true;
        }

        return false;
    }
}
