using System.Buffers;
using System.Runtime.InteropServices;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>A whole decoded image, in a pooled buffer unless it is very large.</summary>
internal sealed class RgbxImage(int width, int height) : IRowSource, IDisposable
{
    // 16 megapixels. The pool would keep a larger buffer for each thread that ever had one.
    private const int MostPooledBytes = 1 << 26;

    private readonly byte[] _pixels = New(checked(4 * width * height));
    private int _left;

    public int Width { get; } = width;

    public int Height { get; } = height;

    /// <summary>[height, width, 4] Red, green, blue and a byte without meaning.</summary>
    public Span<byte> Pixels => _pixels.AsSpan(0, 4 * Width * Height);

    /// <summary>Where <see cref="ReadRow"/> begins.</summary>
    public void SetLeft(int left) => _left = left;

    public void ReadRow(int y, Span<byte> rgbx)
    {
        ReadOnlySpan<byte> row = Pixels.Slice(4 * Width * y, 4 * Width)[(4 * _left)..];
        row[..Math.Min(row.Length, rgbx.Length)].CopyTo(rgbx);
    }

    /// <summary>
    /// This image turned as EXIF says (CIPA DC-008, Orientation). If that is a copy, this one is
    /// disposed of.
    /// </summary>
    /// <param name="orientation">1..8</param>
    public RgbxImage Oriented(int orientation)
    {
        if (orientation == 1)
            return this;
        bool swaps = orientation >= 5;
        var turned = new RgbxImage(swaps ? Height : Width, swaps ? Width : Height);
        Span<int> from = MemoryMarshal.Cast<byte, int>(Pixels);
        Span<int> to = MemoryMarshal.Cast<byte, int>(turned.Pixels);
        bool mirrorsX = orientation is 2 or 3 or 7 or 8;
        bool mirrorsY = orientation is 3 or 4 or 6 or 7;
        for (int y = 0; y < turned.Height; y++)
        {
            for (int x = 0; x < turned.Width; x++)
            {
                int sourceX = swaps ? y : x;
                int sourceY = swaps ? x : y;
                if (mirrorsX)
                    sourceX = Width - 1 - sourceX;
                if (mirrorsY)
                    sourceY = Height - 1 - sourceY;
                to[(y * turned.Width) + x] = from[(sourceY * Width) + sourceX];
            }
        }

        Dispose();
        return turned;
    }

    public void Dispose()
    {
        if (_pixels.Length <= MostPooledBytes)
            ArrayPool<byte>.Shared.Return(_pixels);
    }

    private static byte[] New(int bytes) =>
        bytes <= MostPooledBytes
            ? ArrayPool<byte>.Shared.Rent(bytes)
            : GC.AllocateUninitializedArray<byte>(bytes);
}
