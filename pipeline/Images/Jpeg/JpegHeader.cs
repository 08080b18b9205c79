using System.Buffers.Binary;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Images.Jpeg;

/// <summary>
/// A JPEG file's segments up to its first scan (ITU-T T.81, annex B), with the tables that scan needs. One instance reads many files.
/// </summary>
internal sealed class JpegHeader
{
    /// <summary>Columns.</summary>
    public int Width { get; private set; }

    /// <summary>Rows.</summary>
    public int Height { get; private set; }

    /// <summary>The frame's components, in its order.</summary>
    public JpegComponent[] Components { get; private set; } = [];

    /// <summary>EXIF orientation, 1..8.</summary>
    public int Orientation { get; private set; }

    /// <summary>MCUs between restart markers; 0: none.</summary>
    public int RestartInterval { get; private set; }

    /// <summary>Where the scan's entropy-coded data begins.</summary>
    public int ScanOffset { get; private set; }

    /// <summary>Whether <see cref="JpegDecoder"/> decodes the file: baseline Huffman, 8 bits, gray or Y'CbCr in one scan, 4:4:4, 4:2:2 or 4:2:0.</summary>
    public bool IsCommon { get; private set; }

    /// <summary>[4, 64] Quantisation tables in zigzag order, 16 entries more for runs that lead too far.</summary>
    public int[][] Quantization { get; } = [new int[80], new int[80], new int[80], new int[80]];

    /// <summary>[4] Tables of the DC differences.</summary>
    public HuffmanTable[] DcTables { get; } = [new(), new(), new(), new()];

    /// <summary>[4] Tables of the AC coefficients.</summary>
    public HuffmanTable[] AcTables { get; } = [new(), new(), new(), new()];

    /// <summary>[components] The scan's DC table of each component.</summary>
    public int[] DcSelectors { get; } = new int[4];

    /// <summary>[components] The scan's AC table of each component.</summary>
    public int[] AcSelectors { get; } = new int[4];

    private readonly bool[] _quantizationDefined = new bool[4];
    private bool _baseline;
    private bool _jfif;
    private bool _adobe;
    private int _adobeTransform;

    /// <summary>Reads the segments up to and including the first scan's header.</summary>
    /// <exception cref="RecordRejectedException">A segment is cut off or contradicts itself, or there is no frame or scan.</exception>
    public void Read(ReadOnlySpan<byte> file)
    {
        Width = Height = RestartInterval = ScanOffset = 0;
        Components = [];
        Orientation = 1;
        _adobe = IsCommon = _baseline = _jfif = false;
        Array.Clear(_quantizationDefined);
        for (int i = 0; i < 4; i++)
        {
            DcTables[i].Undefine();
            AcTables[i].Undefine();
        }

        int position = 2;
        while (true)
        {
            // Any number of fill bytes may stand before a marker, and software skips what is no marker.
            int found = file[position..].IndexOf((byte)0xFF);
            if (found < 0)
                throw Damaged("ends before its first scan");
            position += found;
            while (position < file.Length && file[position] == 0xFF)
                position++;
            if (position >= file.Length)
                throw Damaged("ends before its first scan");
            byte marker = file[position++];
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            if (marker == 0xD9)
                throw Damaged("ends before its first scan");
            if (position + 2 > file.Length)
                throw Damaged("ends inside a segment");
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[position..]);
            if (length < 2 || position + length > file.Length)
                throw Damaged("ends inside a segment");
            ReadOnlySpan<byte> segment = file.Slice(position + 2, length - 2);
            position += length;
            switch (marker)
            {
                case 0xC4:
                    ReadHuffman(segment);
                    break;
                case 0xDB:
                    ReadQuantization(segment);
                    break;
                case 0xDD:
                    RestartInterval = segment.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(segment) : throw Damaged("has a short restart segment");
                    break;
                case 0xE0:
                    _jfif |= segment.StartsWith("JFIF\0"u8);
                    break;
                case 0xE1 when segment.StartsWith("Exif\0\0"u8):
                    Orientation = ExifOrientation.Read(segment[6..]);
                    break;
                case 0xEE when segment.Length >= 12 && segment.StartsWith("Adobe"u8):
                    _adobe = true;
                    _adobeTransform = segment[11];
                    break;
                case 0xDA:
                    ScanOffset = position;
                    ReadScan(segment);
                    return;
                case (>= 0xC0 and <= 0xC3) or (>= 0xC5 and <= 0xC7) or (>= 0xC9 and <= 0xCB) or (>= 0xCD and <= 0xCF):
                    ReadFrame(segment, marker);
                    break;
            }
        }
    }

    /// <summary>Reads the frame's size alone; nothing is allocated.</summary>
    /// <exception cref="RecordRejectedException">The segments are damaged, or hold no frame before the first scan.</exception>
    public static ImageHeader ReadSize(ReadOnlySpan<byte> file, out int scanOffset)
    {
        int width = 0;
        int height = 0;
        int position = 2;
        while (true)
        {
            int found = file[position..].IndexOf((byte)0xFF);
            if (found < 0)
                throw Damaged("ends before its first scan");
            position += found;
            while (position < file.Length && file[position] == 0xFF)
                position++;
            if (position + 3 > file.Length || file[position] == 0xD9)
                throw Damaged("ends before its first scan");
            byte marker = file[position++];
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[position..]);
            if (length < 2 || position + length > file.Length)
                throw Damaged("ends inside a segment");
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && length >= 8)
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(file[(position + 3)..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(file[(position + 5)..]);
            }

            position += length;
            if (marker == 0xDA)
            {
                scanOffset = position;
                return width > 0 && height > 0 ? new ImageHeader("jpeg", width, height) : throw Damaged("has no frame of a known size");
            }
        }
    }

    private static RecordRejectedException Damaged(string what) => new(RejectReason.ImageDamaged, $"the JPEG {what}");

    private void ReadFrame(ReadOnlySpan<byte> segment, byte marker)
    {
        if (Components.Length > 0)
            throw Damaged("has two frames");
        if (segment.Length < 6 || segment.Length < 6 + (3 * segment[5]) || segment[5] == 0)
            throw Damaged("has a short frame segment");
        _baseline = marker is 0xC0 or 0xC1 && segment[0] == 8;
        Height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        Width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (Width == 0 || Height == 0)
            throw Damaged("has no frame of a known size");
        var components = new JpegComponent[segment[5]];
        for (int i = 0; i < components.Length; i++)
        {
            ReadOnlySpan<byte> entry = segment.Slice(6 + (3 * i), 3);
            components[i] = new JpegComponent(entry[0], entry[1] >> 4, entry[1] & 15, entry[2]);
        }

        Components = components;
    }

    private void ReadQuantization(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            int index = segment[0] & 15;
            int entryBytes = segment[0] >> 4 == 0 ? 1 : 2;
            if (index > 3 || segment.Length < 1 + (64 * entryBytes))
                throw Damaged("has a damaged quantisation table");
            for (int i = 0; i < 64; i++)
                Quantization[index][i] = entryBytes == 1 ? segment[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(segment[(1 + (2 * i))..]);
            _quantizationDefined[index] = true;
            segment = segment[(1 + (64 * entryBytes))..];
        }
    }

    private void ReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            if (segment.Length < 17)
                throw Damaged("has a damaged Huffman table");
            int symbols = 0;
            foreach (byte count in segment.Slice(1, 16))
                symbols += count;
            if (symbols > 256 || segment.Length < 17 + symbols || (segment[0] & 0xEC) != 0)
                throw Damaged("has a damaged Huffman table");
            (segment[0] >> 4 == 0 ? DcTables : AcTables)[segment[0] & 3].Define(segment.Slice(1, 16 + symbols));
            segment = segment[(17 + symbols)..];
        }
    }

    private void ReadScan(ReadOnlySpan<byte> segment)
    {
        if (Components.Length == 0)
            throw Damaged("has a scan before its frame");
        if (!_baseline || Components.Length is not (1 or 3) || segment.Length < 4 + (2 * Components.Length) || segment[0] != Components.Length)
            return;
        for (int i = 0; i < Components.Length; i++)
        {
            JpegComponent component = Components[i];
            int selector = segment[2 + (2 * i)];
            if (segment[1 + (2 * i)] != component.Id || (selector & 0xCC) != 0 || component.QuantizationTable > 3)
                return;
            DcSelectors[i] = selector >> 4;
            AcSelectors[i] = selector & 15;
            if (!_quantizationDefined[component.QuantizationTable] || !DcTables[DcSelectors[i]].IsDefined || !AcTables[AcSelectors[i]].IsDefined)
                return;
        }

        IsCommon = Components.Length == 1
            || (Components[0] is { Horizontal: 1, Vertical: 1 } or { Horizontal: 2, Vertical: 1 } or { Horizontal: 2, Vertical: 2 }
                && Components[1] is { Horizontal: 1, Vertical: 1 } && Components[2] is { Horizontal: 1, Vertical: 1 } && IsYcc());
    }

    /// <summary>The rule of the Independent JPEG Group's software: JFIF, then Adobe's transform, then the components' identifiers.</summary>
    private bool IsYcc() =>
        _jfif || (_adobe ? _adobeTransform != 0 : !(Components[0].Id == 'R' && Components[1].Id == 'G' && Components[2].Id == 'B'));
}
