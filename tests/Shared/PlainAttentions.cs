using VisualChat.Model.Attention;

namespace VisualChat.Tests;

/// <summary>
/// The attentions that a decoder computes alone; <c>cra-ca</c> needs gated layers beside it.
/// </summary>
internal static class PlainAttentions
{
    public static IReadOnlyList<AttentionMode> All { get; } =
        [.. Enum.GetValues<AttentionMode>().Where(mode => mode != AttentionMode.CraCa)];
}
