namespace VisualChat.Pipeline.Images.Headers;

/// <param name="IsSequential">
/// Every block has a code of its own, as in all JPEGs but progressive ones.
/// </param>
/// <param name="ScanOffset">Where the first scan's entropy-coded data begin.</param>
internal readonly record struct JpegFrame(int Width, int Height, int Orientation, bool IsSequential, int ScanOffset);
