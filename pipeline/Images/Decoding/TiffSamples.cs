using BitMiracle.LibTiff.Classic;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>The samples of a TIFF's pixels.</summary>
/// <param name="Count">Samples of a pixel.</param>
/// <param name="IsPlanar">Each sample has a plane of its own.</param>
/// <param name="IsPremultiplied">Colors are multiplied by alpha.</param>
internal readonly record struct TiffSamples(
    int Count,
    int Bits,
    Photometric Photometric,
    bool IsPlanar,
    bool IsPremultiplied)
{
    /// <summary>They are light or ink as they are, of whole bytes.</summary>
    public bool ArePlain => Bits is 8 or 16 && Photometric switch
    {
        Photometric.MINISBLACK => true,
        Photometric.RGB => Count >= 3,
        Photometric.SEPARATED => Count >= 4,
        _ => false,
    };

    /// <summary>Converts a row of pixels.</summary>
    /// <param name="planes">One plane for each sample, or one for all.</param>
    /// <param name="first">The row's first pixel in a plane.</param>
    public void ToRgbx(byte[][] planes, int first, Span<byte> rgbx)
    {
        Span<int> levels = stackalloc int[Count];
        for (int to = 0; to < rgbx.Length; to += 4, first++)
        {
            for (int sample = 0; sample < Count; sample++)
            {
                levels[sample] = IsPlanar
                    ? LevelOf(planes[sample], first)
                    : LevelOf(planes[0], (first * Count) + sample);
            }

            ToRgb(levels, rgbx[to..]);
        }
    }

    private int LevelOf(byte[] plane, int index)
    {
        // 16 bits lie as this machine has them.
        int upper = BitConverter.IsLittleEndian ? 1 : 0;
        return Bits == 8 ? plane[index] : plane[(2 * index) + upper];
    }

    private void ToRgb(ReadOnlySpan<int> levels, Span<byte> rgb)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            rgb[channel] = Photometric switch
            {
                Photometric.SEPARATED => LightOf(levels[channel], levels[3]),
                Photometric.RGB => Unmultiplied(levels[channel], Count > 3 ? levels[3] : 255),
                _ => Unmultiplied(levels[0], Count > 1 ? levels[1] : 255),
            };
        }
    }

    private byte Unmultiplied(int level, int alpha) =>
        IsPremultiplied && alpha > 0 ? (byte)Math.Min(255, 255 * level / alpha) : (byte)level;

    /// <summary>
    /// Ink to light without a profile: (255 - black) x (255 - ink) / 255, rounded.
    /// </summary>
    private static byte LightOf(int ink, int black)
    {
        int white = 255 - black;
        int product = (ink * white) + 128;
        return (byte)(white - (((product >> 8) + product) >> 8));
    }
}
