namespace VisualChat.Pipeline.Images;

/// <summary>What an encoded image says of itself in its headers.</summary>
/// <param name="Format">
/// jpeg, png, gif, webp, bmp, tiff or ppm: by the bytes, never by a name.
/// </param>
/// <param name="Width">Stored columns, before any EXIF orientation.</param>
/// <param name="Height">Stored rows, before any EXIF orientation.</param>
/// <param name="Orientation">How the stored rows and columns are shown, 1..8 (EXIF).</param>
internal sealed record ImageHeader(string Format, int Width, int Height, int Orientation = 1);
