namespace VisualChat.Pipeline.Answering;

/// <summary>A question of a question file.</summary>
/// <param name="Question">The question.</param>
/// <param name="Images">Its images' paths as they are written; a single one may be several with spaces between (<see cref="QuestionImages"/>).</param>
public sealed record AskedRound(string Question, IReadOnlyList<string> Images);
