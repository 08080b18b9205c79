using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
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
    /// Most samples in all, drawn as the shuffle orders them; null: all.
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

        var conversations = new List<int>();
        for (int entry = 0; entry < recipe.Data.Sources.Count; entry++)
        {
            EntrySettings settings = recipe.Data.Sources[entry];
            var maker = new EntryPlanner(catalog, recipe, settings, usable, imageSplit);
            conversations.Add(maker.AddSamples(entry, samples, splits));
        }

        int[] mixed = Mix(samples, recipe, limit);
        PlannedShard[] shards =
        [
            .. ShardBoundaries.Cut(Split.Train, Array.FindAll(mixed, sample => splits[sample] == Split.Train), samples, catalog, recipe),
            .. ShardBoundaries.Cut(Split.Validation, Array.FindAll(mixed, sample => splits[sample] == Split.Validation), samples, catalog, recipe),
        ];

        return new BlendPlan
        {
            Samples = samples,
            Entries = Summarise(catalog, recipe, samples, splits, mixed, conversations, out int distinctImages),
            DistinctImages = distinctImages,
            Shards = shards,
            Rejects = rejects,
            Occurrences = CountOccurrences(catalog, samples, mixed),
            StraddlingConversations = imageSplit?.StraddlingCount ?? 0,
            Fingerprint = FingerprintOf(recipeFingerprint, catalog, samples, shards),
        };
    }

    private static bool[][] UsableConversations(SourceCatalog catalog, int maxImages, List<Reject> rejects)
    {
        var usable = new bool[catalog.Datasets.Count][];
        for (int index = 0; index < usable.Length; index++)
        {
            DatasetIndex source = catalog.Datasets[index];
            usable[index] = new bool[source.ConversationCount];
            for (int conversation = 0; conversation < source.ConversationCount; conversation++)
            {
                ReadOnlySpan<int> records = source.RecordsOf(conversation);
                int shown = source.FirstRoundImages[records[0]];
                usable[index][conversation] = shown <= maxImages;
                if (shown <= maxImages)
                    continue;
                foreach (int record in records)
                {
                    rejects.Add(new Reject(
                        source.Name,
                        source.RecordOrdinals[record],
                        source.Reader.LabelOf(record),
                        RejectReason.TooManyImages,
                        $"its first round shows {shown} images; data.max_images is {maxImages}"));
                }
            }
        }

        return usable;
    }

    private static int[] Mix(SampleTable samples, Recipe recipe, int? limit)
    {
        var keys = new (ulong Key, int Sample)[samples.Count];
        for (int sample = 0; sample < keys.Length; sample++)
        {
            string entry = recipe.Data.Sources[samples.EntryOf(sample)].Name;
            keys[sample] = (new KeyedRandom(recipe.Seed, entry, samples.OrdinalOf(sample), "mix").NextBits(), sample);
        }

        Array.Sort(keys);
        return Array.ConvertAll(keys[..Math.Min(keys.Length, limit ?? keys.Length)], entry => entry.Sample);
    }

    private static List<PlannedEntry> Summarise(
        SourceCatalog catalog, Recipe recipe, SampleTable samples, List<Split> splits, int[] mixed, List<int> conversations, out int distinctImages)
    {
        int entryCount = recipe.Data.Sources.Count;
        var counts = new int[entryCount, 2];
        var references = new long[entryCount];
        var seen = new HashSet<int>[entryCount];
        for (int entry = 0; entry < entryCount; entry++)
            seen[entry] = [];
        foreach (int sample in mixed)
        {
            int entry = samples.EntryOf(sample);
            counts[entry, (int)splits[sample]]++;
            foreach (int image in SampleImages.Of(samples.PartsOf(sample), catalog))
            {
                references[entry]++;
                seen[entry].Add(image);
            }
        }

        distinctImages = seen.SelectMany(images => images).Distinct().Count();
        var entries = new List<PlannedEntry>(entryCount);
        for (int entry = 0; entry < entryCount; entry++)
        {
            entries.Add(new PlannedEntry(
                recipe.Data.Sources[entry].Name, conversations[entry], counts[entry, 0], counts[entry, 1], references[entry], seen[entry].Count));
        }

        return entries;
    }

    private static int[][] CountOccurrences(SourceCatalog catalog, SampleTable samples, int[] mixed)
    {
        int[][] occurrences = [.. catalog.Datasets.Select(source => new int[source.RecordCount])];
        foreach (int sample in mixed)
        {
            // A record that is twice in one sample (a follow-up of the same conversation) counts
            // once.
            ReadOnlySpan<PlannedPart> parts = samples.PartsOf(sample);
            for (int part = 0; part < parts.Length; part++)
            {
                if (!IsRepeat(parts, part))
                    occurrences[parts[part].Source][parts[part].Record]++;
            }
        }

        return occurrences;
    }

    private static bool IsRepeat(ReadOnlySpan<PlannedPart> parts, int part)
    {
        for (int before = 0; before < part; before++)
        {
            if (parts[before].Source == parts[part].Source && parts[before].Record == parts[part].Record)
                return true;
        }

        return false;
    }

    private static string FingerprintOf(string recipeFingerprint, SourceCatalog catalog, SampleTable samples, PlannedShard[] shards)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        hash.AppendData(Encoding.UTF8.GetBytes(recipeFingerprint));
        foreach (DatasetIndex source in catalog.Datasets)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(source.Name));
            hash.AppendData(MemoryMarshal.AsBytes(source.RecordOrdinals.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(source.Rounds.AsSpan()));
            BinaryPrimitives.WriteInt64LittleEndian(number, source.RecordsRead);
            hash.AppendData(number);
        }

        foreach (PlannedShard shard in shards)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(shard.Name));
            foreach (int sample in shard.Samples.Span)
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, samples.EntryOf(sample));
                BinaryPrimitives.WriteInt32LittleEndian(number[4..], samples.OrdinalOf(sample));
                hash.AppendData(number);
                hash.AppendData(MemoryMarshal.AsBytes(samples.PartsOf(sample)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
