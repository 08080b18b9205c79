namespace VisualChat.Pipeline.Chat;

/// <summary>
/// How much of the conversations that are not being answered stays computed. What is dropped, the least recently used first, is only computed again when its
/// conversation goes on.
/// </summary>
/// <remarks>A position takes 2 x layers x key-value heads x head size numbers: 0.5 MB for LLaMA-2 7B in 16 bits.</remarks>
public sealed record PrefixCacheLimits
{
    /// <summary>The most conversations, those being answered included.</summary>
    public int Conversations { get; init; } = 16;

    /// <summary>The most positions of all of them together, visual tokens counted.</summary>
    public int Positions { get; init; } = 16_384;
}
