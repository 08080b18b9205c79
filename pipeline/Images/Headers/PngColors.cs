namespace VisualChat.Pipeline.Images.Headers;

/// <summary>What of a PNG its colors need.</summary>
/// <param name="Beginning">The signature, and the chunks IHDR and PLTE.</param>
/// <param name="Data">The image data of all chunks IDAT: one zlib stream.</param>
/// <param name="RowBytes">
/// Bytes of the rows that the data inflate to, with a filter byte each, over all passes.
/// </param>
/// <param name="HasDeepSamples">A sample has 16 bits.</param>
internal sealed record PngColors(byte[] Beginning, byte[] Data, long RowBytes, bool HasDeepSamples);
