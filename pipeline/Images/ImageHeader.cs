namespace VisualChat.Pipeline.Images;

/// <summary>What an encoded image says of itself in its first bytes.</summary>
/// <param name="Format">jpeg, png, gif, webp, bmp, tiff or ppm, by the bytes and never by a name.</param>
/// <param name="Width">Stored columns in pixels, before any EXIF orientation.</param>
/// <param name="Height">Stored rows in pixels, before any EXIF orientation.</param>
public sealed record ImageHeader(string Format, int Width, int Height);
