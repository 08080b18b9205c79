using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>Images damaged as programs, phones and broken downloads damage them.</summary>
internal static class DamagedImages
{
    /// <summary>A JPEG with bytes before its first table that belong to nothing.</summary>
    public static byte[] WithExtraneousBytes(byte[] jpeg) => Inserted(jpeg, TableOf(jpeg), [0x00, 0x12, 0x34]);

    /// <summary>
    /// A baseline JPEG whose scan says the spectral selection of no baseline JPEG.
    /// </summary>
    public static byte[] WithOddScan(byte[] jpeg)
    {
        byte[] odd = [.. jpeg];
        int scan = odd.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        odd[scan + 3 + (2 * odd[scan + 4]) + 3] = 0;
        return odd;
    }

    /// <summary>Half of a JPEG, and an end marker.</summary>
    public static byte[] HalfWithAnEnd(byte[] jpeg) => [.. jpeg[..(jpeg.Length / 2)], 0xFF, 0xD9];

    /// <summary>
    /// A PNG of one data chunk with half of it, its length and checksum put right.
    /// </summary>
    public static byte[] WithHalfOfItsData(byte[] png)
    {
        (int start, int length) = DataOf(png);
        byte[] half = png.AsSpan(start + 8, length / 2).ToArray();
        return [.. png[..start], .. Chunk("IDAT", half), .. png[(start + 12 + length)..]];
    }

    /// <summary>A PNG with a text before its data, whose checksum is off by a number.</summary>
    public static byte[] WithText(byte[] png, byte checksum)
    {
        byte[] text = Chunk("tEXt", "Comment\0hello"u8.ToArray());
        text[^1] += checksum;
        return Inserted(png, DataOf(png).Start, text);
    }

    /// <summary>
    /// A PNG with one byte of its data chunk changed, counted from the chunk's end.
    /// </summary>
    public static byte[] WithChangedData(byte[] png, int fromEnd)
    {
        byte[] changed = [.. png];
        (int start, int length) = DataOf(png);
        changed[start + 12 + length - fromEnd] ^= 1;
        return changed;
    }

    /// <summary>An animation whose second frame is cut off.</summary>
    public static byte[] AsAnimationCutOff(byte[] png)
    {
        int start = DataOf(png).Start;
        byte[] animation = Chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0]);
        byte[] cut = Chunk("fdAT", new byte[400])[..100];
        return [.. png[..start], .. animation, .. FrameAt(0), .. png[start..^12], .. FrameAt(1), .. cut];

        // Its number in the sequence, the picture's size, and nothing else that matters here.
        byte[] FrameAt(byte number) => Chunk("fcTL", [0, 0, 0, number, .. png[16..24], .. new byte[14]]);
    }

    private static (int Start, int Length) DataOf(byte[] png)
    {
        int start = png.AsSpan().IndexOf("IDAT"u8) - 4;
        return (start, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(start)));
    }

    private static int TableOf(byte[] jpeg) => jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDB]);

    private static byte[] Inserted(byte[] bytes, int place, byte[] more) =>
        [.. bytes[..place], .. more, .. bytes[place..]];

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. data];
        byte[] chunk = [0, 0, 0, 0, .. typed, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.HashToUInt32(typed));
        return chunk;
    }
}
