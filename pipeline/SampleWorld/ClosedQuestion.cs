namespace VisualChat.Pipeline.SampleWorld;

/// <summary>A question with one right short answer.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Question">The question, one sentence.</param>
/// <param name="Answer">The canonical short answer.</param>
/// <param name="Statement">The same answer as a sentence.</param>
public sealed record ClosedQuestion(ClosedKind Kind, string Question, string Answer, string Statement);
