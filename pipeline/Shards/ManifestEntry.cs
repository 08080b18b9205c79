namespace VisualChat.Pipeline.Shards;

/// <summary>One recipe entry in <c>manifest.json</c>.</summary>
/// <param name="Name">The entry's name; rows name it in <c>dataset</c>.</param>
/// <param name="Counts">What the shards hold of it.</param>
internal sealed record ManifestEntry(string Name, int Planned, SampleCounts Counts);
