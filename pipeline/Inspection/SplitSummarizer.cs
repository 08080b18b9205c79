using System.Runtime.InteropServices;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Inspection;

/// <summary>Counts a split's samples as they are read.</summary>
/// <remarks>Memory: 4 bytes a sample, for its length.</remarks>
internal sealed class SplitSummarizer
{
    private const int MaxBins = 16;

    private readonly SortedDictionary<string, Counts> _datasets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Counts> _sources = new(StringComparer.Ordinal);

    /// <summary>Reads and counts a split; only the small columns are touched.</summary>
    /// <exception cref="Errors.InputException">The split has no shards.</exception>
    /// <exception cref="Errors.WorkException">A shard is damaged.</exception>
    public static async Task<SplitSummary> SummarizeAsync(ShardSet shards, string split, CancellationToken ct)
    {
        var summarizer = new SplitSummarizer();
        await foreach (RowSummary row in shards.ReadSummariesAsync(split, ct))
            summarizer.Add(row);
        IReadOnlyList<string> files = shards.FilesOf(split);
        return summarizer.Finish(split, files.Count, files.Sum(file => FileIdentity.Of(file).Bytes));
    }

    /// <summary>Counts one sample.</summary>
    public void Add(RowSummary row)
    {
        Counts dataset = CountsOf(_datasets, row.Dataset);
        dataset.Samples++;
        dataset.Rounds += row.RoundSources.Count;
        dataset.Images += row.ImageCount;
        dataset.Lengths.Add(row.SequenceTokens);
        foreach (string source in row.Sources)
            CountsOf(_sources, source).Samples++;
        for (int round = 0; round < row.RoundSources.Count; round++)
        {
            Counts source = CountsOf(_sources, row.RoundSources[round]);
            source.Rounds++;
            source.Images += row.RoundImages[round];
        }
    }

    /// <summary>What was counted.</summary>
    /// <param name="split">The split's name.</param>
    /// <param name="shards">Its files.</param>
    /// <param name="bytes">Their size.</param>
    public SplitSummary Finish(string split, int shards, long bytes)
    {
        var datasets = new List<DatasetSummary>();
        var lengths = new List<int>();
        foreach ((string name, Counts counts) in _datasets)
        {
            counts.Lengths.Sort();
            lengths.AddRange(counts.Lengths);
            datasets.Add(Summarize(name, counts.Samples, counts.Rounds, counts.Images, counts.Lengths));
        }

        lengths.Sort();
        return new SplitSummary(
            split,
            shards,
            bytes,
            Summarize(
                SplitSummary.TotalName,
                datasets.Sum(dataset => dataset.Samples),
                datasets.Sum(dataset => dataset.Rounds),
                datasets.Sum(dataset => dataset.Images),
                lengths),
            datasets,
            [.. _sources.Select(source => SummaryOf(source.Key, source.Value))],
            Histogram(lengths));
    }

    private static SourceSummary SummaryOf(string source, Counts counts) =>
        new(source, counts.Samples, counts.Rounds, counts.Images);

    private static DatasetSummary Summarize(string name, int samples, long rounds, long images, List<int> lengths) =>
        new(name, samples, rounds, images, TokenPercentiles.Of(CollectionsMarshal.AsSpan(lengths)));

    private static List<LengthBin> Histogram(List<int> sorted)
    {
        var bins = new List<LengthBin>();
        if (sorted.Count == 0)
            return bins;

        int width = WidthOf(sorted[0], sorted[^1]);
        int next = 0;
        for (int from = sorted[0] / width * width; next < sorted.Count; from += width)
        {
            int first = next;
            while (next < sorted.Count && sorted[next] < from + width)
                next++;
            bins.Add(new LengthBin(from, from + width - 1, next - first));
        }

        return bins;
    }

    // 1, 2 or 5 times a power of ten, so that the bars begin at numbers a person reads easily.
    private static int WidthOf(int shortest, int longest)
    {
        for (long power = 1; ; power *= 10)
            foreach (long width in new[] { power, 2 * power, 5 * power })
                if ((longest / width) - (shortest / width) < MaxBins)
                    return (int)width;
    }

    private static Counts CountsOf(SortedDictionary<string, Counts> counts, string name)
    {
        if (!counts.TryGetValue(name, out Counts? found))
            counts[name] = found = new Counts();
        return found;
    }

    private sealed class Counts
    {
        public int Samples { get; set; }

        public long Rounds { get; set; }

        public long Images { get; set; }

        public List<int> Lengths { get; } = [];
    }
}
