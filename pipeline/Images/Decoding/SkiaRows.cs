using System.Diagnostics;
using SkiaSharp;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// Rows of a JPEG's window, decoded by Skia (libjpeg-turbo) as they are asked for, from the
/// window's first row down. Columns beside the window are neither transformed nor converted to RGB,
/// and rows below it are not read.
/// </summary>
/// <remarks>
/// A 640 x 480 photograph cropped to its square takes 1.4 ms, against 1.8 ms decoded whole.
/// </remarks>
internal sealed unsafe class SkiaRows : IRowSource, IDisposable
{
    private readonly SKData _data;
    private readonly SKCodec? _codec;
    private readonly int _columns;
    private int _next;

    /// <param name="encoded">The file; it must stay where it is until this is disposed of.</param>
    /// <param name="left">The window's first column.</param>
    /// <param name="top">The window's first row.</param>
    /// <param name="columns">The window's columns.</param>
    /// <exception cref="UnusableImageException">It does not decode.</exception>
    public SkiaRows(byte* encoded, int encodedBytes, ImageHeader header, int left, int top, int columns)
    {
        _data = SKData.Create((nint)encoded, encodedBytes);
        _codec = SKCodec.Create(_data);
        _columns = columns;

        // Without a color space nothing is converted.
        var info = new SKImageInfo(header.Width, header.Height, SKColorType.Rgba8888, SKAlphaType.Opaque, null);
        var options = new SKCodecOptions(new SKRectI(left, 0, left + columns, header.Height));
        if (_codec is null
            || _codec.Info.Width != header.Width
            || _codec.Info.Height != header.Height
            || _codec.StartScanlineDecode(info, options) != SKCodecResult.Success
            || (top > 0 && !_codec.SkipScanlines(top)))
        {
            Dispose();
            throw ImageProbe.Damaged("jpeg", "does not decode");
        }

        _next = top;
    }

    public void ReadRow(int y, Span<byte> rgbx)
    {
        Debug.Assert(y == _next, "rows are asked for in order");
        _next++;
        fixed (byte* row = rgbx)
        {
            if (_codec!.GetScanlines((nint)row, 1, 4 * _columns) != 1)
                throw ImageProbe.Damaged("jpeg", $"ends at row {y}");
        }
    }

    public void Dispose()
    {
        _codec?.Dispose();
        _data.Dispose();
    }
}
