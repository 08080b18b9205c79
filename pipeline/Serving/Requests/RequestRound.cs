namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>A user's message and the answer to it.</summary>
/// <param name="Question">The message's text.</param>
/// <param name="Images">The images it brings, in order.</param>
/// <param name="Answer">What was answered; null in the last round.</param>
internal sealed record RequestRound(string Question, IReadOnlyList<RequestImage> Images, string? Answer);
