namespace VisualChat.Pipeline.Sources;

/// <summary>How far indexing is.</summary>
/// <param name="Dataset">The dataset whose file it is.</param>
/// <param name="Path">The file.</param>
/// <param name="BytesDone">Bytes scanned; all of them once the index comes from the cache.</param>
/// <param name="BytesTotal">Bytes of the file.</param>
/// <param name="FromCache">Whether the file was not scanned because its index was kept.</param>
internal sealed record IndexProgress(string Dataset, string Path, long BytesDone, long BytesTotal, bool FromCache);
