using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images;

/// <summary>The orientation in EXIF data (CIPA DC-008, tag 0x0112): how the stored rows and columns are to be shown.</summary>
internal static class ExifOrientation
{
    private const int OrientationTag = 0x0112;

    /// <summary>Reads the tag; whatever is wrong with the data is no orientation.</summary>
    /// <param name="tiff">The TIFF structure that EXIF data are.</param>
    /// <returns>1..8; 1 where none is given.</returns>
    public static int Read(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return 1;
        bool little = tiff[0] == 'I';
        uint directory = ReadUInt32(tiff[4..], little);
        if (directory > (uint)tiff.Length - 2)
            return 1;
        int entries = ReadUInt16(tiff[(int)directory..], little);
        for (int i = 0; i < entries; i++)
        {
            long start = directory + 2 + (12L * i);
            if (start + 12 > tiff.Length)
                return 1;
            ReadOnlySpan<byte> entry = tiff.Slice((int)start, 12);
            if (ReadUInt16(entry, little) == OrientationTag)
                return ReadUInt16(entry[8..], little) is >= 1 and <= 8 and int orientation ? orientation : 1;
        }

        return 1;
    }

    private static int ReadUInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
