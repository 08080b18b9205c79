namespace VisualChat.Pipeline.Parquet;

/// <summary>
/// Parquet's hybrid of run-length and bit-packed runs, which holds levels and dictionary indices
/// (apache/parquet-format, Encodings.md).
/// </summary>
internal static class HybridRuns
{
    /// <summary>
    /// Fills <paramref name="values"/>; what the bytes hold beyond them is ignored.
    /// </summary>
    /// <exception cref="FormatException">The bytes are damaged, or too few.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, int bitWidth, Span<int> values)
    {
        int at = 0;
        int done = 0;
        while (done < values.Length)
        {
            uint header = ReadVarint(bytes, ref at);
            Span<int> rest = values[done..];
            done += (header & 1) == 0
                ? FillRepeated(bytes, ref at, header, bitWidth, rest)
                : FillPacked(bytes, ref at, header, bitWidth, rest);
        }
    }

    private static int FillRepeated(ReadOnlySpan<byte> bytes, ref int at, uint header, int bitWidth, Span<int> rest)
    {
        int width = (bitWidth + 7) / 8;
        if (width > bytes.Length - at || header == 0)
            throw TooShort();
        int repeated = 0;
        for (int part = 0; part < width; part++)
            repeated |= bytes[at++] << (8 * part);
        int run = (int)Math.Min(header >> 1, (uint)rest.Length);
        rest[..run].Fill(repeated);
        return run;
    }

    private static int FillPacked(ReadOnlySpan<byte> bytes, ref int at, uint header, int bitWidth, Span<int> rest)
    {
        long packed = (long)(header >> 1) * 8;
        if (packed == 0)
            throw new FormatException("a page's levels or indices are damaged");
        int end = (int)Math.Min(bytes.Length, at + (long)(header >> 1) * bitWidth);
        ReadOnlySpan<byte> group = bytes[at..end];
        at = end;
        int run = (int)Math.Min(packed, rest.Length);
        for (int value = 0; value < run; value++)
            rest[value] = ReadBits(group, (long)value * bitWidth, bitWidth);
        return run;
    }

    private static int ReadBits(ReadOnlySpan<byte> bytes, long bit, int width)
    {
        int value = 0;
        for (int got = 0; got < width; got++, bit++)
        {
            if (bit / 8 >= bytes.Length)
                throw TooShort();
            value |= ((bytes[(int)(bit / 8)] >> (int)(bit % 8)) & 1) << got;
        }

        return value;
    }

    private static uint ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        uint value = 0;
        for (int shift = 0; shift < 35 && at < bytes.Length; shift += 7)
        {
            byte part = bytes[at++];
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw TooShort();
    }

    private static FormatException TooShort() => new("a page's levels or indices end too early");
}
