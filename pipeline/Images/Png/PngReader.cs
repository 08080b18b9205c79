using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Images.Png;

/// <summary>Reads what <see cref="PngWriter"/> writes: 8-bit RGB, one data chunk, not interlaced. Anything else is for a library.</summary>
internal static class PngReader
{
    private const int DataOffset = 8 + 25;

    /// <summary>Decodes an image of the kind.</summary>
    /// <param name="png">A file that <see cref="ImageProbe"/> accepts.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="rgb">[height, width, 3]</param>
    /// <returns>Whether it is of the kind.</returns>
    /// <exception cref="RecordRejectedException">Its data are damaged.</exception>
    public static bool TryRead(ReadOnlySpan<byte> png, int width, int height, out byte[] rgb)
    {
        rgb = [];
        if (!png.Slice(24, 5).SequenceEqual((ReadOnlySpan<byte>)[8, 2, 0, 0, 0]) || !png.Slice(DataOffset + 4, 4).SequenceEqual("IDAT"u8))
            return false;
        int length = BinaryPrimitives.ReadInt32BigEndian(png[DataOffset..]);
        if (!png[(DataOffset + 16 + length)..].StartsWith("IEND"u8))
            return false;
        if (Crc32.HashToUInt32(png.Slice(DataOffset + 4, 4 + length)) != BinaryPrimitives.ReadUInt32BigEndian(png[(DataOffset + 8 + length)..]))
            throw new RecordRejectedException(RejectReason.ImageDamaged, "the PNG's data do not match their checksum");

        int rowBytes = 3 * width;
        byte[] filtered = new byte[(rowBytes + 1) * height];
        try
        {
            using var stream = new ZLibStream(new MemoryStream(png.Slice(DataOffset + 8, length).ToArray(), writable: false), CompressionMode.Decompress);
            stream.ReadExactly(filtered);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new RecordRejectedException(RejectReason.ImageDamaged, $"the PNG does not decompress: {exception.Message}");
        }

        rgb = new byte[rowBytes * height];
        Span<byte> nothing = new byte[rowBytes];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> residues = filtered.AsSpan((y * (rowBytes + 1)) + 1, rowBytes);
            Span<byte> row = rgb.AsSpan(y * rowBytes, rowBytes);
            Restore(filtered[y * (rowBytes + 1)], residues, y > 0 ? rgb.AsSpan((y - 1) * rowBytes, rowBytes) : nothing, row);
        }

        return true;
    }

    private static void Restore(byte filter, ReadOnlySpan<byte> residues, ReadOnlySpan<byte> above, Span<byte> row)
    {
        switch (filter)
        {
            case 0:
                residues.CopyTo(row);
                break;
            case 1:
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(residues[x] + (x >= 3 ? row[x - 3] : 0));
                break;
            case 2:
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(residues[x] + above[x]);
                break;
            case 3:
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(residues[x] + (((x >= 3 ? row[x - 3] : 0) + above[x]) >> 1));
                break;
            case 4:
                RestorePaeth(residues, above, row);
                break;
            default:
                throw new RecordRejectedException(RejectReason.ImageDamaged, $"the PNG names a filter {filter} that does not exist");
        }
    }

    /// <summary>Each pixel waits for the one before it, so the floor is the predictor's latency, some 10 cycles a pixel.</summary>
    private static void RestorePaeth(ReadOnlySpan<byte> residues, ReadOnlySpan<byte> above, Span<byte> row)
    {
        Vector128<short> left = Vector128<short>.Zero, upperLeft = left;
        int x = 0;
        for (; x + 4 <= row.Length; x += 3)
        {
            Vector128<short> upper = Load(above, x);
            left = (Load(residues, x) + Paeth.Predict(left, upper, upperLeft)) & Vector128.Create((short)255);
            upperLeft = upper;
            Vector128<ushort> words = left.AsUInt16();
            Unsafe.WriteUnaligned(ref row[x], Vector128.Narrow(words, words).AsUInt32().ToScalar());
        }

        for (; x < row.Length; x++)
            row[x] = (byte)(residues[x] + (x >= 3 ? Paeth.Predict(row[x - 3], above[x], above[x - 3]) : above[x]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Load(ReadOnlySpan<byte> bytes, int offset) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(in bytes[offset])).AsByte()).AsInt16();
}
