namespace VisualChat.Pipeline.Chat;

/// <summary>
/// What one pass of a conversation computes: the answer before, if there is one, and a prompt.
/// </summary>
/// <param name="Ids">Its ids; an image is one id.</param>
/// <param name="Images">The images among them.</param>
internal sealed record ConversationPart(int[] Ids, IReadOnlyList<ChatImage> Images)
{
    /// <summary>
    /// Whether the model would compute the same for both, given the same before them.
    /// </summary>
    public bool IsSame(ConversationPart other) =>
        Ids.AsSpan().SequenceEqual(other.Ids)
        && Images.Select(image => image.Digest).SequenceEqual(other.Images.Select(image => image.Digest));

    /// <summary>Its positions, visual tokens counted.</summary>
    public int Positions(int visualTokens) => Ids.Length + (Images.Count * (visualTokens - 1));
}
