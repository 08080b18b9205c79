namespace VisualChat.Pipeline.Chat;

/// <summary>A round of a conversation: a question that has been answered.</summary>
/// <param name="Question">Plain text: nothing in it ever becomes a special token.</param>
/// <param name="Images">
/// The images that came with it, in order. Later rounds still see them.
/// </param>
/// <param name="Answer">The answer, or as much of it as is to be remembered.</param>
internal sealed record ChatRound(string Question, IReadOnlyList<ChatImage> Images, string Answer);
