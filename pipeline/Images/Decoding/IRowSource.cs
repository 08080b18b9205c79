namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>Decoded rows of a window, one at a time.</summary>
internal interface IRowSource
{
    /// <summary>Reads a row of the window.</summary>
    /// <param name="y">The row's number in the whole image.</param>
    /// <param name="rgbx">
    /// [window width, 4] Red, green, blue and a byte without meaning; 32 bytes more may be
    /// overwritten.
    /// </param>
    void ReadRow(int y, Span<byte> rgbx);
}
