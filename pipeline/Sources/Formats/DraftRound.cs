namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>A question and its answer, checked.</summary>
/// <param name="Question">What is asked, without image marks.</param>
/// <param name="Answer">What is answered.</param>
/// <param name="Images">How many images the round shows.</param>
internal readonly record struct DraftRound(TextSlice Question, TextSlice Answer, int Images);
