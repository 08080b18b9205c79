using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Shards;

/// <summary>Sums over samples, or over the parts of samples that came from one dataset.</summary>
internal sealed record SampleCounts
{
    /// <summary>Samples; for a dataset, the samples with a round from it.</summary>
    public long Samples { get; set; }

    [JsonPropertyName("turns")]
    public long Rounds { get; set; }

    /// <summary>Images shown, counted each time.</summary>
    public long Images { get; set; }

    /// <summary>Text tokens: ids without the image ids.</summary>
    public long TextTokens { get; set; }

    /// <summary>Positions in the model: text tokens and visual tokens.</summary>
    public long SequenceTokens { get; set; }

    public void Add(SampleCounts other)
    {
        Samples += other.Samples;
        Rounds += other.Rounds;
        Images += other.Images;
        TextTokens += other.TextTokens;
        SequenceTokens += other.SequenceTokens;
    }

    /// <summary>Adds up what several shards have under one name.</summary>
    public static SampleCounts Sum(IEnumerable<SortedDictionary<string, SampleCounts>> counts, string name)
    {
        var sum = new SampleCounts();
        foreach (SortedDictionary<string, SampleCounts> part in counts)
        {
            if (part.TryGetValue(name, out SampleCounts? found))
                sum.Add(found);
        }

        return sum;
    }
}
