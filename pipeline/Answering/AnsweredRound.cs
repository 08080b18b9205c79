namespace VisualChat.Pipeline.Answering;

/// <summary>What became of a question.</summary>
/// <param name="Answer">The answer, as the model gave it; empty where there is none.</param>
/// <param name="Error">Why there is none; null where there is.</param>
public sealed record AnsweredRound(string Answer, string? Error);
