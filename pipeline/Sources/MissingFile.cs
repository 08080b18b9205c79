namespace VisualChat.Pipeline.Sources;

/// <summary>A file or folder that a recipe needs and the data root lacks.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Path">The full path where it should be.</param>
/// <param name="DownloadFrom">Where it is published; empty for a user's own data.</param>
internal sealed record MissingFile(string Dataset, string Path, string DownloadFrom);
