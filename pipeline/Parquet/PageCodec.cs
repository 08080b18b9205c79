using System.IO.Compression;
using K4os.Compression.LZ4;
using Parquet.Meta;
using Snappier;
using ZstdSharp;

namespace VisualChat.Pipeline.Parquet;

internal static class PageCodec
{
    /// <summary>
    /// Decompresses the first <paramref name="length"/> bytes into exactly <paramref name="page"/>.
    /// </summary>
    /// <exception cref="FormatException">The page is damaged.</exception>
    /// <exception cref="NotSupportedException">The codec is unknown.</exception>
    public static void Decompress(CompressionCodec codec, byte[] compressed, int length, Span<byte> page)
    {
        int written;
        try
        {
            written = TryDecompress(codec, compressed, length, page);
        }
        catch (Exception exception) when (
            exception is InvalidDataException or ZstdException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"a page does not decompress: {exception.Message}", exception);
        }

        if (written != page.Length)
            throw new FormatException("a page does not have the size its header says");
    }

    private static int TryDecompress(CompressionCodec codec, byte[] compressed, int length, Span<byte> page)
    {
        ReadOnlySpan<byte> bytes = compressed.AsSpan(0, length);
        switch (codec)
        {
            case CompressionCodec.UNCOMPRESSED:
                bytes[..Math.Min(bytes.Length, page.Length)].CopyTo(page);
                return bytes.Length;
            case CompressionCodec.SNAPPY:
                return Snappy.Decompress(bytes, page);
            case CompressionCodec.ZSTD:
                using (var zstd = new Decompressor())
                    return zstd.Unwrap(bytes, page);
            case CompressionCodec.LZ4_RAW:
                return LZ4Codec.Decode(bytes, page);
            case CompressionCodec.BROTLI:
                return BrotliDecoder.TryDecompress(bytes, page, out int brotli) ? brotli : -1;
            case CompressionCodec.GZIP:
                var stream = new MemoryStream(compressed, 0, length);
                using (var gzip = new GZipStream(stream, CompressionMode.Decompress))
                    return gzip.ReadAtLeast(page, page.Length, throwOnEndOfStream: false);
            default:
                throw new NotSupportedException(
                    $"the compression {codec} is not supported. Write the file with snappy, zstd, gzip or none.");
        }
    }
}
