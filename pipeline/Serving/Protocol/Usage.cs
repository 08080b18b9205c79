namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The tokens an answer took.</summary>
/// <param name="PromptTokens">Tokens of the conversation before it, visual tokens counted.</param>
/// <param name="CompletionTokens">Tokens of the answer.</param>
/// <param name="TotalTokens">Both together.</param>
/// <param name="PromptTokensDetails">More about the prompt's tokens.</param>
internal sealed record Usage(
    int PromptTokens, int CompletionTokens, int TotalTokens, Usage.Details PromptTokensDetails)
{
    /// <param name="promptTokens">Tokens of the conversation before the answer.</param>
    /// <param name="completionTokens">Tokens of the answer.</param>
    /// <param name="reusedTokens">How many of the prompt's tokens were in the prefix cache.</param>
    public static Usage Of(int promptTokens, int completionTokens, int reusedTokens) =>
        new(promptTokens, completionTokens, promptTokens + completionTokens, new Details(reusedTokens));

    /// <param name="CachedTokens">Tokens that were in the prefix cache.</param>
    public sealed record Details(int CachedTokens);
}
