using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>How an answer ended, and what it took.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="PromptTokens">Tokens before it.</param>
/// <param name="ReusedTokens">How many of them had been computed.</param>
/// <param name="CompletionTokens">Its own.</param>
internal sealed record AnswerSummary(AnswerEnd End, int PromptTokens, int ReusedTokens, int CompletionTokens);
