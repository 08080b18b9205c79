namespace VisualChat.Pipeline.Chat;

/// <summary>
/// A question with all that decides its answer: the conversation before it and the settings.
/// </summary>
internal sealed record ChatPrompt
{
    /// <summary>The system text; null for the recipe's, empty for none.</summary>
    public string? System { get; init; }

    /// <summary>The rounds before, oldest first.</summary>
    public IReadOnlyList<ChatRound> Earlier { get; init; } = [];

    public required string Question { get; init; }

    /// <summary>The images that come with the question, in order.</summary>
    public IReadOnlyList<ChatImage> Images { get; init; } = [];

    public AnswerSettings Settings { get; init; } = new();
}
