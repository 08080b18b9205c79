namespace VisualChat.Pipeline.Answering;

/// <summary>A round of a question file, which is still to be answered.</summary>
/// <param name="Question">What to ask.</param>
/// <param name="Images">
/// Paths as they are written. A single one may be several with spaces between them; see
/// <see cref="QuestionImages"/>.
/// </param>
internal sealed record AskedRound(string Question, IReadOnlyList<string> Images);
