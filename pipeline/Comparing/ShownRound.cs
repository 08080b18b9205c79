namespace VisualChat.Pipeline.Comparing;

/// <summary>One round of a conversation that every variant is asked.</summary>
/// <param name="Question">What the user says.</param>
/// <param name="Images">How many of the conversation's images come with it.</param>
/// <param name="Expected">The data's answer.</param>
/// <param name="IsExact">Whether there is no other right answer.</param>
internal sealed record ShownRound(string Question, int Images, string Expected, bool IsExact);
