using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>A conversation up to where an answer belongs.</summary>
/// <param name="System">The system text; null: the recipe's.</param>
/// <param name="Earlier">The rounds before, oldest first.</param>
/// <param name="Question">The question.</param>
/// <param name="Images">The images it brings.</param>
/// <param name="Settings">How it is answered.</param>
public sealed record ChatPrompt(string? System, IReadOnlyList<ChatRound> Earlier, string Question, IReadOnlyList<ChatImage> Images, AnswerSettings Settings);
