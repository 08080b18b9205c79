namespace VisualChat.Pipeline.Chat;

/// <summary>What is computed in one pass of a conversation: the answer before, if there is one, and the next prompt.</summary>
/// <param name="Ids">The ids, each image one.</param>
/// <param name="Images">The images among them.</param>
internal sealed record ConversationPart(int[] Ids, IReadOnlyList<ChatImage> Images)
{
    /// <summary>Whether the model would compute the same of both, given the same before them.</summary>
    public bool IsSame(ConversationPart other) =>
        Ids.AsSpan().SequenceEqual(other.Ids) && Images.Select(image => image.Digest).SequenceEqual(other.Images.Select(image => image.Digest));

    /// <summary>Positions, visual tokens counted.</summary>
    public int Positions(int visualTokens) => Ids.Length + (Images.Count * (visualTokens - 1));
}
