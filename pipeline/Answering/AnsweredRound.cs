namespace VisualChat.Pipeline.Answering;

/// <summary>The result of a round.</summary>
/// <param name="Answer">The model's answer; empty if there is none.</param>
/// <param name="Error">Why there is no answer; null if there is one.</param>
internal sealed record AnsweredRound(string Answer, string? Error);
