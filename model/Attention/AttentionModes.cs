namespace VisualChat.Model.Attention;

/// <summary>What modes have in common.</summary>
internal static class AttentionModes
{
    /// <summary>
    /// Whether a softmax of text takes both kinds, so that keys and values are cached together, in
    /// reading order.
    /// </summary>
    public static bool CachesInOrder(this AttentionMode mode) =>
        mode is AttentionMode.Causal or AttentionMode.CraCaMask or AttentionMode.CraCa;
}
