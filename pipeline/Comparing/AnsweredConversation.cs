namespace VisualChat.Pipeline.Comparing;

/// <summary>A model's words in a conversation that it has never seen.</summary>
/// <param name="Name">The name of the <see cref="ShownConversation"/>.</param>
/// <param name="Answers">An answer for each round, until one failed.</param>
internal sealed record AnsweredConversation(string Name, IReadOnlyList<string> Answers)
{
    /// <summary>Why the conversation ends early; null: it does not.</summary>
    public string? Problem { get; init; }
}
