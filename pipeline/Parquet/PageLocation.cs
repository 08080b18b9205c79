using Parquet.Meta;

namespace VisualChat.Pipeline.Parquet;

/// <summary>
/// Where a page lies in a Parquet file. Indexes that are kept on disk hold this struct as it lies
/// in memory: a change of its fields needs a new version of the index cache.
/// </summary>
/// <param name="Offset">First byte after the page's header.</param>
/// <param name="CompressedBytes">Bytes in the file.</param>
/// <param name="UncompressedBytes">Bytes once decompressed.</param>
/// <param name="PlainBytes">
/// Bytes at the start, included in both counts, that are never compressed.
/// </param>
/// <param name="Codec">How the rest is compressed.</param>
internal readonly record struct PageLocation(
    long Offset,
    int CompressedBytes,
    int UncompressedBytes,
    int PlainBytes,
    CompressionCodec Codec);
