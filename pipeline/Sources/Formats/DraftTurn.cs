namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>One turn as it stands in the file.</summary>
/// <param name="Speaker">Who says it.</param>
/// <param name="Text">What is said.</param>
/// <param name="Images">Images listed with it.</param>
/// <param name="IsParts">Whether it came as a list of parts, so that its text holds no marks.</param>
internal readonly record struct DraftTurn(Speaker Speaker, TextSlice Text, int Images = 0, bool IsParts = false);
