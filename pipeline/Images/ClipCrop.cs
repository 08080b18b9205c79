using System.Collections.Concurrent;
using VisualChat.Pipeline.Images.Decoding;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// The image a CLIP model sees, before its normalization: Hugging Face's resize and center crop.
/// The short side becomes S, the long side S x long / short without its fraction, by Pillow's
/// antialiased bicubic filter; the middle S x S are kept. Or the image is squashed, as Qwen-VL
/// does: both sides become S. EXIF orientation is applied first, alpha is dropped, color profiles
/// are ignored. Thread safe.
/// </summary>
/// <remarks>
/// Only what the crop shows is computed: decoding, color and both passes of the resize stop at its
/// window. Buffers are kept for the next image, except after an image so large that keeping them
/// would cost more than it saves.
/// </remarks>
internal sealed class ClipCrop
{
    private const int MostKeptRows = 4096;
    private const int MostKeptTaps = 64;

    private readonly ConcurrentBag<Scratch> _scratches = [];
    private readonly ConcurrentDictionary<(int Input, int Output), ResampleTaps> _taps = [];

    private readonly ImageResize _resize;

    /// <param name="frame">What the model sees.</param>
    public ClipCrop(ImageFrame frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frame.Size);
        Size = frame.Size;
        _resize = frame.Resize;
    }

    /// <summary>Columns and rows of the crop.</summary>
    public int Size { get; }

    /// <summary>
    /// Decodes, resizes and crops an image of any format that <see cref="ImageProbe"/> knows.
    /// </summary>
    /// <returns>[S, S, 3] Red, green, blue.</returns>
    /// <exception cref="UnusableImageException">
    /// It has no bytes, is not an image, too large, damaged or cut off.
    /// </exception>
    public byte[] Crop(ReadOnlySpan<byte> encoded)
    {
        byte[] rgb = GC.AllocateUninitializedArray<byte>(3 * Size * Size);
        Crop(encoded, rgb);
        return rgb;
    }

    /// <inheritdoc cref="Crop(ReadOnlySpan{byte})"/>
    /// <param name="rgb">[S, S, 3] Receives red, green, blue.</param>
    public void Crop(ReadOnlySpan<byte> encoded, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, 3 * Size * Size);
        ImageHeader header = ImageProbe.Check(encoded);
        if (!_scratches.TryTake(out Scratch? scratch))
            scratch = new Scratch();
        Crop(encoded, header, scratch, rgb);
        if (Math.Max(header.Width, header.Height) <= MostKeptRows)
            _scratches.Add(scratch);
    }

    private unsafe void Crop(ReadOnlySpan<byte> encoded, ImageHeader header, Scratch scratch, Span<byte> rgb)
    {
        if (header is not { Format: "jpeg", Orientation: 1 })
        {
            Resize(ImageDecoder.Decode(encoded, header), scratch, rgb);
            return;
        }

        (ResampleTaps across, ResampleTaps down) = TapsFor(header.Width, header.Height);
        fixed (byte* bytes = encoded)
        {
            int columns = across.End - across.First;
            using var rows = new SkiaRows(bytes, encoded.Length, header, across.First, down.First, columns);
            Resize(rows, across, down, scratch, rgb);
        }
    }

    private void Resize(RgbxImage image, Scratch scratch, Span<byte> rgb)
    {
        using (image)
        {
            (ResampleTaps across, ResampleTaps down) = TapsFor(image.Width, image.Height);
            image.SetLeft(across.First);
            Resize(image, across, down, scratch, rgb);
        }
    }

    private unsafe void Resize(
        IRowSource source, ResampleTaps across, ResampleTaps down, Scratch scratch, Span<byte> rgb)
    {
        int columns = across.End - across.First;
        int rows = down.End - down.First;
        int stride = ((4 * Size) + 15) & ~15;
        Span<byte> row = scratch.Row(4 * (columns + across.Stride + 8));
        Span<byte> resized = scratch.Resized(checked(rows * stride));
        fixed (byte* rowStart = row, resizedStart = resized)
        {
            for (int y = 0; y < rows; y++)
            {
                source.ReadRow(down.First + y, row);
                Resampler.Across(rowStart, across, resizedStart + (y * (nint)stride));
            }

            Span<byte> line = scratch.Row(stride + 16);
            fixed (byte* lineStart = line)
            fixed (int* weights = down.Weights)
            {
                for (int y = 0; y < Size; y++)
                {
                    byte* first = resizedStart + ((down.Starts[y] - down.First) * (nint)stride);
                    Resampler.Down(first, stride, weights + (y * down.Stride), down.Counts[y], lineStart);
                    line[..(3 * Size)].CopyTo(rgb[(3 * Size * y)..]);
                }
            }
        }
    }

    private (ResampleTaps Across, ResampleTaps Down) TapsFor(int width, int height)
    {
        if (_resize == ImageResize.Squash)
            return (TapsOf(width, Size), TapsOf(height, Size));
        int shorter = Math.Min(width, height);
        int resizedWidth = (int)((long)Size * width / shorter);
        int resizedHeight = (int)((long)Size * height / shorter);
        return (TapsOf(width, resizedWidth), TapsOf(height, resizedHeight));
    }

    private ResampleTaps TapsOf(int input, int output)
    {
        if (_taps.TryGetValue((input, output), out ResampleTaps? taps))
            return taps;
        taps = new ResampleTaps(input, output, (output - Size) / 2, Size);

        // A dataset has few sizes of images; one that has many must not grow the table without end.
        if (_taps.Count >= MostKeptTaps)
            _taps.Clear();
        _taps[(input, output)] = taps;
        return taps;
    }

    /// <summary>The buffers of one image at a time.</summary>
    private sealed class Scratch
    {
        private byte[] _row = [];
        private byte[] _resized = [];

        public Span<byte> Row(int bytes) => Fit(ref _row, bytes);

        public Span<byte> Resized(int bytes) => Fit(ref _resized, bytes);

        private static Span<byte> Fit(ref byte[] buffer, int bytes)
        {
            if (buffer.Length < bytes)
                buffer = GC.AllocateUninitializedArray<byte>(bytes + (bytes / 4));
            return buffer.AsSpan(0, bytes);
        }
    }
}
