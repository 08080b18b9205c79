namespace VisualChat.Pipeline.Answering;

/// <summary>A conversation of a question file.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Rounds">In order; at least one.</param>
internal sealed record AskedConversation(string Name, IReadOnlyList<AskedRound> Rounds);
