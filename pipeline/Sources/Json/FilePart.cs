namespace VisualChat.Pipeline.Sources.Json;

/// <summary>Bytes that a <see cref="JsonScanner"/> has passed and still holds.</summary>
/// <param name="Start">
/// First byte, counted from the last call of <see cref="JsonScanner.Release"/>.
/// </param>
/// <param name="Length">Number of bytes.</param>
internal readonly record struct FilePart(int Start, int Length);
