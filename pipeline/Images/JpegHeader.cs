using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images;

/// <summary>What a JPEG's segments say before its first scan (ITU-T T.81, annex B); nothing is decoded or allocated.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Components">1: gray; 3: Y'CbCr or RGB; 4: ink.</param>
/// <param name="Orientation">EXIF orientation, 1..8.</param>
/// <param name="IsSequential">Whether every block has a code of its own, as in all but progressive files.</param>
/// <param name="ScanOffset">Where the first scan's entropy-coded data begins.</param>
internal readonly record struct JpegHeader(int Width, int Height, int Components, int Orientation, bool IsSequential, int ScanOffset)
{
    /// <summary>Reads the segments.</summary>
    /// <exception cref="UnusableImageException">They are damaged, or hold no frame before the first scan.</exception>
    public static JpegHeader Read(ReadOnlySpan<byte> file)
    {
        var header = new JpegHeader(0, 0, 0, 1, false, 0);
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
            if (position + 3 > file.Length || file[position] == 0xD9)
                throw Damaged("ends before its first scan");
            byte marker = file[position++];
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[position..]);
            if (length < 2 || position + length > file.Length)
                throw Damaged("ends inside a segment");
            ReadOnlySpan<byte> segment = file.Slice(position + 2, length - 2);
            position += length;
            switch (marker)
            {
                case 0xE1 when segment.StartsWith("Exif\0\0"u8):
                    header = header with { Orientation = ExifOrientation.Read(segment[6..]) };
                    break;
                case 0xDA:
                    return header is { Width: > 0, Height: > 0 } ? header with { ScanOffset = position } : throw Damaged("has no frame of a known size");
                case >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) when segment.Length >= 6:
                    header = header with
                    {
                        Height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]),
                        Width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]),
                        Components = segment[5],
                        IsSequential = marker is 0xC0 or 0xC1,
                    };
                    break;
            }
        }
    }

    private static UnusableImageException Damaged(string what) => new(ImageProblem.Damaged, $"the JPEG {what}");
}
