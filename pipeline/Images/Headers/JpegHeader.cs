using System.Buffers.Binary;
using VisualChat.Pipeline.Images.Decoding;

namespace VisualChat.Pipeline.Images.Headers;

/// <summary>A JPEG's segments before its first scan (ITU-T T.81, annex B).</summary>
internal static class JpegHeader
{
    private const byte App1 = 0xE1;
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;

    /// <summary>A hundred scans of the largest picture. Programs write some ten scans.</summary>
    private const long MostScannedPixels = 100 * ImageProbe.MaxPixels;

    public static bool Begins(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        JpegFrame frame = ReadFrame(encoded);
        ImageHeader header = ImageProbe.Sized("jpeg", frame.Width, frame.Height, frame.Orientation);

        ReadOnlySpan<byte> scans = encoded[frame.ScanOffset..];
        RefuseBombs(header, frame, scans);

        // Inside a scan 0xFF is always followed by 0, so this is the end marker. The search starts
        // at the end of the file, where it should be.
        if (scans.LastIndexOf((ReadOnlySpan<byte>)[0xFF, EndOfImage]) < 0)
            RefuseCutOff(encoded, header);
        return header;
    }

    /// <summary>
    /// Without an end marker, only decoding tells whether all rows are there: some programs leave
    /// the marker out. Costs a decode of the whole image.
    /// </summary>
    private static void RefuseCutOff(ReadOnlySpan<byte> encoded, ImageHeader header)
    {
        try
        {
            SkiaDecoder.Decode(encoded, header).Dispose();
        }
        catch (UnusableImageException)
        {
            throw ImageProbe.Damaged("JPEG", "has no end marker: it was cut off");
        }
    }

    /// <summary>
    /// Refuses small files that claim a large picture, or many passes over one, before time and
    /// memory go into it.
    /// </summary>
    private static void RefuseBombs(ImageHeader header, JpegFrame frame, ReadOnlySpan<byte> scans)
    {
        long pixels = (long)header.Width * header.Height;
        if (frame.IsSequential)
        {
            // A block takes at least two bits.
            long blocks = ((header.Width + 7L) / 8) * ((header.Height + 7L) / 8);
            if (pixels > ImageProbe.PlainPixels && 2 * blocks > 8L * scans.Length)
                throw ImageProbe.Damaged("JPEG", $"is too short for its {header.Width} x {header.Height} pixels");
        }
        else if (scans.Count((ReadOnlySpan<byte>)[0xFF, StartOfScan]) * pixels > MostScannedPixels)
        {
            throw ImageProbe.Damaged("JPEG", "has more scans than any program writes");
        }
    }

    private static JpegFrame ReadFrame(ReadOnlySpan<byte> encoded)
    {
        var frame = new JpegFrame(Width: 0, Height: 0, Orientation: 1, IsSequential: false, ScanOffset: 0);
        int position = 2;
        while (true)
        {
            byte marker = NextMarker(encoded, ref position);
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            int length = BinaryPrimitives.ReadUInt16BigEndian(encoded[position..]);
            if (length < 2 || position + length > encoded.Length)
                throw ImageProbe.Damaged("JPEG", "ends inside a segment");
            ReadOnlySpan<byte> segment = encoded.Slice(position + 2, length - 2);
            position += length;
            switch (marker)
            {
                case App1 when segment.StartsWith("Exif\0\0"u8):
                    frame = frame with { Orientation = ExifOrientation.Read(segment) };
                    break;
                case StartOfScan:
                    return frame is { Width: > 0, Height: > 0 }
                        ? frame with { ScanOffset = position }
                        : throw ImageProbe.Damaged("JPEG", "has no frame of a known size");
                case >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) when segment.Length >= 6:
                    frame = frame with
                    {
                        Height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]),
                        Width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]),
                        IsSequential = marker is 0xC0 or 0xC1,
                    };
                    break;
            }
        }
    }

    /// <summary>The next marker; <paramref name="position"/> is then behind it.</summary>
    private static byte NextMarker(ReadOnlySpan<byte> encoded, ref int position)
    {
        // Any number of fill bytes may stand before a marker, and programs skip what is not a
        // marker.
        int found = encoded[position..].IndexOf((byte)0xFF);
        if (found < 0)
            throw ImageProbe.Damaged("JPEG", "ends before its first scan");
        position += found;
        while (position < encoded.Length && encoded[position] == 0xFF)
            position++;
        return position + 3 <= encoded.Length && encoded[position] != EndOfImage
            ? encoded[position++]
            : throw ImageProbe.Damaged("JPEG", "ends before its first scan");
    }
}
