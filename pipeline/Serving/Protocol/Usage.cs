namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>What an answer took.</summary>
/// <param name="PromptTokens">Tokens of the conversation before it, visual tokens counted.</param>
/// <param name="CompletionTokens">Its own.</param>
/// <param name="TotalTokens">Both.</param>
/// <param name="PromptTokensDetails">More of the former.</param>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, Usage.Details PromptTokensDetails)
{
    /// <summary>The usage of an answer.</summary>
    /// <param name="promptTokens">Tokens before it.</param>
    /// <param name="completionTokens">Its own.</param>
    /// <param name="reusedTokens">Of those before it, those that had been computed.</param>
    public static Usage Of(int promptTokens, int completionTokens, int reusedTokens) =>
        new(promptTokens, completionTokens, promptTokens + completionTokens, new Details(reusedTokens));

    /// <summary>More of the prompt.</summary>
    /// <param name="CachedTokens">Tokens that had been computed for an earlier request.</param>
    public sealed record Details(int CachedTokens);
}
