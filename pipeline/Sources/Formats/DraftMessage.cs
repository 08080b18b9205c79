namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>One message as it stands in the file.</summary>
/// <param name="Speaker">Who says it.</param>
/// <param name="SpeakerName">The speaker's name in the file, if it is not a known one.</param>
/// <param name="Text">What is said.</param>
/// <param name="FirstImage">Where its images begin in <see cref="RecordDraft.Images"/>.</param>
/// <param name="Images">How many images are given with it.</param>
/// <param name="IsParts">Whether it is a list of parts.</param>
internal readonly record struct DraftMessage(
    Speaker Speaker,
    TextSlice SpeakerName,
    TextSlice Text,
    int FirstImage = 0,
    int Images = 0,
    bool IsParts = false);
