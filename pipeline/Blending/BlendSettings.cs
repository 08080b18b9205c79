using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending;

/// <summary>How a blend is run; none of it changes a byte of what is made.</summary>
internal sealed record BlendSettings
{
    /// <summary>Samples worked on at once in each stage.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>The share of the shards to make; null: all, and the manifest.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Throw away what another recipe left in the folder.</summary>
    public bool Fresh { get; init; }

    /// <summary>Remembers which finished shards were read and checked before.</summary>
    public FileHashes Hashes { get; init; } = CacheFolder.OfUser().Hashes(TextWriter.Null);
}
