namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>How an annotation file holds its records.</summary>
/// <param name="Container">What the records lie in.</param>
/// <param name="Key">
/// The root object's key whose value holds the records; null if the root does.
/// </param>
internal sealed record RecordLayout(RecordContainer Container, string? Key = null);
