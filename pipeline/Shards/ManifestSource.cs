namespace VisualChat.Pipeline.Shards;

/// <summary>One dataset in <c>manifest.json</c>.</summary>
/// <param name="Name">The dataset's name; rows name it in <c>sources</c>.</param>
/// <param name="Records">Where its records went.</param>
/// <param name="Counts">What the shards hold of it.</param>
internal sealed record ManifestSource(string Name, RecordCounts Records, SampleCounts Counts);
