namespace VisualChat.Pipeline.Samples;

/// <summary>One round of a row's conversation.</summary>
/// <param name="Question">What the user says.</param>
/// <param name="Answer">What the assistant says.</param>
/// <param name="Images">How many of the row's images this round shows, taken in order.</param>
/// <param name="Source">The dataset the round came from.</param>
/// <param name="Record">The record's label in that dataset.</param>
internal sealed record RowRound(string Question, string Answer, int Images, string Source, string Record);
