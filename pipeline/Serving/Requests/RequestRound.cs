namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>A round of a request: the user's message and the assistant's answer to it.</summary>
/// <param name="Question">The text of the user's message.</param>
/// <param name="Images">The images of the user's message, in order.</param>
/// <param name="Answer">The text of the assistant's message; null in the last round.</param>
internal sealed record RequestRound(string Question, IReadOnlyList<RequestImage> Images, string? Answer);
