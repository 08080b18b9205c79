namespace VisualChat.Pipeline.Answering;

/// <summary>A conversation of a question file.</summary>
/// <param name="Name">Its name, one of a kind.</param>
/// <param name="Rounds">Its questions, in order; at least one.</param>
public sealed record AskedConversation(string Name, IReadOnlyList<AskedRound> Rounds);
