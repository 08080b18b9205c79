using System.IO.Compression;
using K4os.Compression.LZ4;
using Parquet.Meta;
using Snappier;
using ZstdSharp;

namespace VisualChat.Pipeline.Sources.Files;

/// <summary>Decompresses Parquet pages.</summary>
internal static class ParquetCodec
{
    /// <summary>Decompresses a page into a buffer of exactly its size.</summary>
    /// <exception cref="FormatException">The page is damaged.</exception>
    /// <exception cref="NotSupportedException">Its codec is unknown.</exception>
    public static void Decompress(CompressionCodec codec, byte[] compressed, int length, Span<byte> page)
    {
        ReadOnlySpan<byte> bytes = compressed.AsSpan(0, length);
        int written;
        try
        {
            switch (codec)
            {
                case CompressionCodec.UNCOMPRESSED:
                    bytes[..Math.Min(bytes.Length, page.Length)].CopyTo(page);
                    written = bytes.Length;
                    break;
                case CompressionCodec.SNAPPY:
                    written = Snappy.Decompress(bytes, page);
                    break;
                case CompressionCodec.ZSTD:
                    using (var zstd = new Decompressor())
                        written = zstd.Unwrap(bytes, page);
                    break;
                case CompressionCodec.LZ4_RAW:
                    written = LZ4Codec.Decode(bytes, page);
                    break;
                case CompressionCodec.BROTLI:
                    written = BrotliDecoder.TryDecompress(bytes, page, out int brotli) ? brotli : -1;
                    break;
                case CompressionCodec.GZIP:
                    using (var gzip = new GZipStream(new MemoryStream(compressed, 0, length), CompressionMode.Decompress))
                        written = gzip.ReadAtLeast(page, page.Length, throwOnEndOfStream: false);
                    break;
                default:
                    throw new NotSupportedException($"the compression {codec} is not supported. Write the file with snappy, zstd, gzip or none.");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"a page does not decompress: {exception.Message}", exception);
        }

        if (written != page.Length)
            throw new FormatException("a page does not have the size its header says");
    }
}
