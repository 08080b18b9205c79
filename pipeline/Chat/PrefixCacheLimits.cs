namespace VisualChat.Pipeline.Chat;

/// <summary>
/// How much of the conversations that are not being answered stays computed. The least recently
/// used is dropped first. Nothing is lost: it is computed again when its conversation continues.
/// </summary>
/// <remarks>
/// A position takes 2 x layers x key-value heads x head size values: 0.5 MB for LLaMA-2 7B in 16
/// bits.
/// </remarks>
internal sealed record PrefixCacheLimits
{
    /// <summary>The most conversations, those being answered included.</summary>
    public int Conversations { get; init; } = 16;

    /// <summary>The most positions of all of them together, visual tokens counted.</summary>
    public int Positions { get; init; } = 16_384;
}
