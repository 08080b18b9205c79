namespace VisualChat.Pipeline.Shards;

/// <summary>One shard in <c>manifest.json</c>.</summary>
/// <param name="Path">Its file under the output folder.</param>
/// <param name="Sha256">SHA-256 of the file, in hex.</param>
internal sealed record ManifestShard(string Path, int Rows, long Bytes, string Sha256)
{
    /// <summary>Whether it is of a split, which its name begins with.</summary>
    public bool IsOf(string split) =>
        System.IO.Path.GetFileName(Path).StartsWith($"{split}-", StringComparison.Ordinal);
}
