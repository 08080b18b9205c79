namespace VisualChat.Pipeline.Chat;

/// <summary>A round of a conversation that has been answered.</summary>
/// <param name="Question">What was asked. Text: whatever it spells is never a special token.</param>
/// <param name="Images">The images it brought, in order; those of earlier rounds stay in view.</param>
/// <param name="Answer">The answer, or as much of it as is to be remembered.</param>
public sealed record ChatRound(string Question, IReadOnlyList<ChatImage> Images, string Answer);
