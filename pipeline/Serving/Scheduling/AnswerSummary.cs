using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>How an answer ended, and the tokens it took.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="PromptTokens">Tokens of the conversation before it.</param>
/// <param name="ReusedTokens">How many of them were in the prefix cache.</param>
/// <param name="CompletionTokens">Tokens of the answer.</param>
internal sealed record AnswerSummary(AnswerEnd End, int PromptTokens, int ReusedTokens, int CompletionTokens)
{
    public static AnswerSummary Of(IComputedAnswer answer) => new(
        answer.End ?? AnswerEnd.Cancelled, answer.PromptTokens, answer.ReusedTokens, answer.CompletionTokens);
}
