using Parquet.Meta;

namespace VisualChat.Pipeline.Sources.Files;

/// <summary>Where a page lies in a Parquet file.</summary>
/// <param name="Offset">First byte after its header.</param>
/// <param name="CompressedBytes">Bytes in the file.</param>
/// <param name="UncompressedBytes">Bytes once decompressed.</param>
/// <param name="PlainBytes">Of both, bytes at the start that are never compressed.</param>
/// <param name="Codec">How the rest is compressed.</param>
internal readonly record struct ParquetPage(long Offset, int CompressedBytes, int UncompressedBytes, int PlainBytes, CompressionCodec Codec);
