using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Images.Jpeg;

/// <summary>
/// Decodes the part of a common JPEG (<see cref="JpegHeader.IsCommon"/>) that a crop needs, to the bytes that libjpeg-turbo gives with its
/// default settings (accurate integer DCT, triangle-filtered chroma). Keeps its buffers from file to file; one thread at a time.
/// </summary>
/// <remarks>
/// Huffman decoding cannot skip, so every block above the window's last row is read; the inverse DCT, the chroma and the colour conversion
/// are done inside the window only. The floor is the Huffman decoding: some 4 ns a coefficient that is not 0, half of the time at quality 90.
/// A file whose entropy-coded data end before the window does is damaged, never gray.
/// </remarks>
internal sealed unsafe class JpegDecoder : IRowSource
{
    // A block takes at most 64 codes of 31 bits: what may be read past the end before it is noticed.
    private const int Slack = 512;

    private static ReadOnlySpan<byte> NaturalOrder =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
        63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
    ];

    private readonly Plane[] _planes = [new(), new(), new()];
    private byte[] _bits = [];
    private int[] _intervals = [];
    private int _intervalCount;
    private byte[] _chroma = [];
    private ushort[] _columnSums = [];
    private JpegHeader _header = null!;
    private int _left;
    private int _width;

    /// <summary>Decodes the window's samples; rows are then to be had from <see cref="ReadRow"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="header">Its header, common.</param>
    /// <param name="left">The window's first column.</param>
    /// <param name="top">The window's first row.</param>
    /// <param name="width">The window's columns.</param>
    /// <param name="height">The window's rows.</param>
    /// <exception cref="RecordRejectedException">The data end too early or hold what is no code.</exception>
    public void Decode(ReadOnlySpan<byte> file, JpegHeader header, int left, int top, int width, int height)
    {
        _header = header;
        _left = left;
        _width = width;
        int components = header.Components.Length;
        int h = components == 1 ? 1 : header.Components[0].Horizontal;
        int v = components == 1 ? 1 : header.Components[0].Vertical;
        int mcuColumns = ((header.Width - 1) / (8 * h)) + 1;
        int mcuRows = ((header.Height - 1) / (8 * v)) + 1;

        // Two samples more on each side: chroma is interpolated between neighbours.
        int firstColumn = Math.Max(0, left - 2) / (8 * h);
        int lastColumn = Math.Min(header.Width - 1, left + width + 1) / (8 * h);
        int firstRow = Math.Max(0, top - 2) / (8 * v);
        int lastRow = Math.Min(header.Height - 1, top + height + 1) / (8 * v);

        // A block takes at least two bits: what cannot be there is refused before memory is taken for it.
        long leastBits = 2L * (lastRow + 1) * mcuColumns * (components == 1 ? 1 : (h * v) + 2);
        if (leastBits > 8L * (file.Length - header.ScanOffset))
            throw new RecordRejectedException(RejectReason.ImageDamaged, $"the JPEG is too short for its {header.Width} x {header.Height} pixels");
        for (int i = 0; i < components; i++)
        {
            int factorX = i == 0 ? h : 1, factorY = i == 0 ? v : 1;
            _planes[i].Resize(
                firstColumn * 8 * factorX, firstRow * 8 * factorY, (lastColumn - firstColumn + 1) * 8 * factorX, (lastRow - firstRow + 1) * 8 * factorY,
                (((header.Width * factorX) - 1) / h) + 1, (((header.Height * factorY) - 1) / v) + 1);
        }

        if (_chroma.Length < 2 * (width + 64))
        {
            _chroma = new byte[2 * (width + 64)];
            _columnSums = new ushort[width + 96];
        }

        Unstuff(file[header.ScanOffset..]);
        DecodeBlocks(mcuColumns, h, v, firstColumn, lastColumn, firstRow, Math.Min(lastRow, mcuRows - 1));
    }

    /// <inheritdoc/>
    public void ReadRow(int y, Span<byte> rgbx)
    {
        Plane luma = _planes[0];
        fixed (byte* destination = rgbx, lumaSamples = luma.Samples, chroma = _chroma)
        {
            byte* lumaRow = lumaSamples + ((y - luma.Top) * luma.Stride) + (_left - luma.Left);
            if (_header.Components.Length == 1)
            {
                ColourRows.GrayToRgbx(lumaRow, destination, _width);
                return;
            }

            byte* blue = chroma, red = chroma + (_chroma.Length / 2);
            fixed (byte* blueSamples = _planes[1].Samples, redSamples = _planes[2].Samples)
            fixed (ushort* sums = _columnSums)
            {
                blue = ChromaRow(_planes[1], blueSamples, y, blue, sums);
                red = ChromaRow(_planes[2], redSamples, y, red, sums);
                ColourRows.YccToRgbx(lumaRow, blue, red, destination, _width);
            }
        }
    }

    /// <summary>The window's pixels, all of them.</summary>
    public RgbxImage ToImage()
    {
        var image = new RgbxImage(_width, _planes[0].ImageHeight);
        Span<byte> row = new byte[(4 * _width) + 32];
        for (int y = 0; y < image.Height; y++)
        {
            ReadRow(y, row);
            row[..(4 * _width)].CopyTo(image.Pixels[(4 * _width * y)..]);
        }

        return image;
    }

    private byte* ChromaRow(Plane plane, byte* samples, int y, byte* destination, ushort* sums)
    {
        if (_header.Components[0].Horizontal == 1)
            return samples + ((y - plane.Top) * plane.Stride) + (_left - plane.Left);

        bool halved = _header.Components[0].Vertical == 2;
        int first = _left >> 1;
        int count = ((_left + _width - 1) >> 1) - first + 1;
        int near = halved ? y >> 1 : y;
        byte* nearRow = samples + ((near - plane.Top) * plane.Stride) - plane.Left;

        // Too narrow to interpolate: libjpeg repeats the samples.
        if (plane.ImageWidth <= 2)
        {
            for (int i = 0; i < count; i++)
                destination[2 * i] = destination[(2 * i) + 1] = nearRow[first + i];
            return destination + (_left & 1);
        }

        // sums[1 + i] is column first + i; one column more on each side, the image's edge repeated.
        int from = Math.Max(0, first - 1), to = Math.Min(plane.ImageWidth - 1, first + count);
        ushort* origin = sums + 1 - first;
        if (halved)
        {
            int far = Math.Clamp(y % 2 == 0 ? near - 1 : near + 1, 0, plane.ImageHeight - 1);
            ChromaUpsampling.WeighRows(nearRow + from, samples + ((far - plane.Top) * plane.Stride) - plane.Left + from, origin + from, to - from + 1);
        }
        else
            ChromaUpsampling.CopyRow(nearRow + from, origin + from, to - from + 1);
        if (first == 0)
            origin[-1] = origin[0];
        if (first + count == plane.ImageWidth)
            origin[plane.ImageWidth] = origin[plane.ImageWidth - 1];
        ChromaUpsampling.WeighColumns(sums + 1, destination, count, halved);
        return destination + (_left & 1);
    }

    /// <summary>
    /// Copies the scan without the zero bytes stuffed after 0xFF, cut at its restart markers, so that the bit reader can load eight bytes at
    /// once. A vectorised search for 0xFF and copies between: some 20 us for 100 KB.
    /// </summary>
    private void Unstuff(ReadOnlySpan<byte> scan)
    {
        if (_bits.Length < scan.Length + Slack)
            _bits = new byte[scan.Length + (scan.Length / 2) + Slack];
        Span<byte> bits = _bits;
        int written = 0;
        _intervalCount = 0;
        AddInterval(0);
        while (true)
        {
            int found = scan.IndexOf((byte)0xFF);
            if (found < 0)
                found = scan.Length;
            scan[..found].CopyTo(bits[written..]);
            written += found;
            if (found + 1 >= scan.Length)
                break;
            byte next = scan[found + 1];
            if (next == 0)
                bits[written++] = 0xFF;
            else if (next is >= 0xD0 and <= 0xD7)
            {
                // Numbered 0 to 7 in turn: the first ends interval 0.
                if (next != 0xD0 + ((_intervalCount - 1) & 7))
                    throw new RecordRejectedException(RejectReason.ImageDamaged, "the JPEG lost data between two restart markers");
                AddInterval(written);
            }
            else if (next == 0xFF)
            {
                scan = scan[(found + 1)..];
                continue;
            }
            else
                break;
            scan = scan[(found + 2)..];
        }

        AddInterval(written);
        bits.Slice(written, Slack).Clear();
    }

    private void AddInterval(int offset)
    {
        if (_intervalCount == _intervals.Length)
            Array.Resize(ref _intervals, Math.Max(64, 2 * _intervals.Length));
        _intervals[_intervalCount++] = offset;
    }

    private void DecodeBlocks(int mcuColumns, int h, int v, int firstColumn, int lastColumn, int firstRow, int lastRow)
    {
        int components = _header.Components.Length;
        short* block = stackalloc short[64];
        new Span<short>(block, 64).Clear();
        int* predictions = stackalloc int[3];
        new Span<int>(predictions, 3).Clear();
        fixed (byte* bits = _bits)
        {
            int interval = 0;
            int untilRestart = _header.RestartInterval;
            var reader = new BitReader(bits, bits + _intervals[1]);
            for (int row = 0; row <= lastRow; row++)
            {
                for (int column = 0; column < mcuColumns; column++)
                {
                    if (_header.RestartInterval > 0 && untilRestart-- == 0)
                    {
                        reader.ThrowIfExhausted();
                        untilRestart = _header.RestartInterval - 1;
                        if (++interval >= _intervalCount - 1)
                            throw new RecordRejectedException(RejectReason.ImageDamaged, $"the JPEG's data end in row {row * 8 * v} of {_header.Height}");
                        reader = new BitReader(bits + _intervals[interval], bits + _intervals[interval + 1]);
                        new Span<int>(predictions, 3).Clear();
                    }

                    bool wanted = row >= firstRow && column >= firstColumn && column <= lastColumn;
                    for (int i = 0; i < components; i++)
                    {
                        int factorX = i == 0 ? h : 1, factorY = i == 0 ? v : 1;
                        HuffmanTable dc = _header.DcTables[_header.DcSelectors[i]], ac = _header.AcTables[_header.AcSelectors[i]];
                        int[] quantization = _header.Quantization[_header.Components[i].QuantizationTable];
                        Plane plane = _planes[i];
                        for (int blockY = 0; blockY < factorY; blockY++)
                        {
                            for (int blockX = 0; blockX < factorX; blockX++)
                            {
                                bool flat = DecodeBlock(ref reader, dc, ac, quantization, ref predictions[i], block);
                                if (reader.IsFarExhausted)
                                    throw new RecordRejectedException(RejectReason.ImageDamaged, $"the JPEG's data end in row {row * 8 * v} of {_header.Height}");
                                if (wanted)
                                {
                                    nint start = ((nint)(((row * factorY) + blockY) * 8) - plane.Top) * plane.Stride;
                                    start += (((column * factorX) + blockX) * 8) - plane.Left;
                                    fixed (byte* samples = plane.Samples)
                                    {
                                        if (flat)
                                            InverseDct.Fill(block[0], samples + start, plane.Stride);
                                        else
                                            InverseDct.Transform(block, samples + start, plane.Stride);
                                    }
                                }

                                if (!flat)
                                    new Span<short>(block, 64).Clear();
                            }
                        }
                    }
                }
            }

            reader.ThrowIfExhausted();
        }
    }

    /// <summary>Reads one block's coefficients, dequantised, into a clear block.</summary>
    /// <returns>Whether all but the first are 0.</returns>
    private static bool DecodeBlock(ref BitReader state, HuffmanTable dc, HuffmanTable ac, int[] quantization, ref int prediction, short* block)
    {
        BitReader reader = state;
        reader.Fill();
        int entry = dc.Lookup[reader.Peek(HuffmanTable.LookupBits)];
        int difference = entry >> 16;
        if (difference != 0)
            reader.Skip(entry & 255);
        else
        {
            int symbol = Symbol(ref reader, dc, entry);
            difference = symbol == 0 ? 0 : reader.ReadSigned(symbol & 15);
        }

        prediction += difference;
        block[0] = (short)(prediction * quantization[0]);

        ref int lookup = ref ac.Lookup[0];
        ref int weights = ref quantization[0];
        ref byte order = ref Unsafe.AsRef(in NaturalOrder[0]);
        int k = 1;
        do
        {
            reader.Fill();
            entry = Unsafe.Add(ref lookup, reader.Peek(HuffmanTable.LookupBits));
            int value = entry >> 16;
            if (value != 0)
            {
                k += (entry >> 8) & 255;
                reader.Skip(entry & 255);
            }
            else
            {
                int symbol = Symbol(ref reader, ac, entry);
                if ((symbol & 15) == 0)
                {
                    if (symbol != 0xF0)
                        break;
                    k += 16;
                    continue;
                }

                k += symbol >> 4;
                value = reader.ReadSigned(symbol & 15);
            }

            // k is at most 63 + 15: the two tables are that long, and what leads past 63 lands on 63, as in libjpeg.
            block[Unsafe.Add(ref order, k)] = (short)(value * Unsafe.Add(ref weights, k));
            k++;
        }
        while (k < 64);

        state = reader;
        return k == 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Symbol(ref BitReader reader, HuffmanTable table, int entry)
    {
        if (entry != 0)
        {
            reader.Skip(entry & 255);
            return (entry >> 8) & 255;
        }

        int symbol = table.LongSymbol(reader.Peek(16), out int length);
        reader.Skip(length);
        return symbol;
    }

    /// <summary>Samples of one component inside the window, whole blocks.</summary>
    private sealed class Plane
    {
        public byte[] Samples { get; private set; } = [];

        public int Left { get; private set; }

        public int Top { get; private set; }

        public int Stride { get; private set; }

        /// <summary>Columns of the whole component.</summary>
        public int ImageWidth { get; private set; }

        /// <summary>Rows of the whole component.</summary>
        public int ImageHeight { get; private set; }

        public void Resize(int left, int top, int width, int height, int imageWidth, int imageHeight)
        {
            (Left, Top, Stride, ImageWidth, ImageHeight) = (left, top, width, imageWidth, imageHeight);

            // Vectors read up to 32 samples past a row's last.
            int needed = checked((width * height) + 64);
            if (Samples.Length < needed)
                Samples = new byte[needed];
        }
    }

    /// <summary>The next bits, from the top of a 64-bit word.</summary>
    private ref struct BitReader(byte* start, byte* end)
    {
        private byte* _next = start;
        private readonly byte* _end = end;
        private ulong _word;
        private int _count;

        /// <summary>Whether more than a word of bits was used that is not there.</summary>
        public readonly bool IsFarExhausted => _next > _end + 16;

        /// <summary>Makes at least 32 bits ready.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Fill()
        {
            if (_count >= 32)
                return;
            _word |= BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(_next)) >> _count;
            _next += (63 - _count) >> 3;
            _count |= 56;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly int Peek(int bits) => (int)(_word >> (64 - bits));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Skip(int bits)
        {
            _word <<= bits;
            _count -= bits;
        }

        /// <summary>A magnitude of 1 to 15 bits (T.81, F.2.2.1 EXTEND).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int ReadSigned(int bits)
        {
            int value = Peek(bits);
            Skip(bits);
            return value + (((value >> (bits - 1)) - 1) & (1 - (1 << bits)));
        }

        /// <exception cref="RecordRejectedException">More bits were used than there are.</exception>
        public readonly void ThrowIfExhausted()
        {
            if (_next - (_count >> 3) > _end)
                throw new RecordRejectedException(RejectReason.ImageDamaged, "the JPEG's data end too early");
        }
    }
}
