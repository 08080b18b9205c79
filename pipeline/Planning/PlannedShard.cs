namespace VisualChat.Pipeline.Planning;

/// <summary>One shard: which samples, in which order.</summary>
/// <param name="Split">Training or validation.</param>
/// <param name="Index">Its number in the split, from 0.</param>
/// <param name="CountInSplit">Shards in the split.</param>
/// <param name="Samples">Rows of the <see cref="SampleTable"/>, in the order written.</param>
internal sealed record PlannedShard(Split Split, int Index, int CountInSplit, ReadOnlyMemory<int> Samples)
{
    /// <summary>The name Hugging Face's reader finds: <c>train-00000-of-00012</c>.</summary>
    public string Name => $"{(Split == Split.Train ? "train" : "validation")}-{Index:D5}-of-{CountInSplit:D5}";

    /// <summary>The shard's file under the output folder, with forward slashes.</summary>
    public string Path => $"data/{Name}.parquet";
}
