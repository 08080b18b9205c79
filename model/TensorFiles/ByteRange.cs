namespace VisualChat.Model.TensorFiles;

/// <summary>Some bytes of a file.</summary>
/// <param name="Offset">The first one.</param>
/// <param name="Length">How many there are.</param>
internal readonly record struct ByteRange(long Offset, long Length);
