namespace VisualChat.Pipeline.Sources;

/// <summary>
/// One round of a record: the images it shows first, its question and its answer, as plain text
/// without any image mark.
/// </summary>
/// <param name="Question">What the user says.</param>
/// <param name="Answer">What the assistant says.</param>
/// <param name="Images">
/// Images this round shows, in order, as ids of the <see cref="IImageTable"/>.
/// </param>
internal sealed record RecordRound(string Question, string Answer, IReadOnlyList<int> Images);
