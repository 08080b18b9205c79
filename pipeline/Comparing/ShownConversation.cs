using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Comparing;

/// <summary>A held-out conversation whose answers are shown side by side.</summary>
/// <param name="Name">Its name in its data.</param>
/// <param name="Source">Where it is from, for a person.</param>
/// <param name="Images">Its images, in the order shown.</param>
internal sealed record ShownConversation(
    string Name, string Source, IReadOnlyList<ChatImage> Images, IReadOnlyList<ShownRound> Rounds);
