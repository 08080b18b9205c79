namespace VisualChat.Model.Attention;

/// <summary>The names of attention modes, as recipes and configurations write them.</summary>
public static class AttentionModeNames
{
    /// <summary>
    /// <c>mmca</c>, <c>causal</c>, <c>mmca-deepspeed</c>, <c>cra-ca-mask</c> or
    /// <c>causal-two-softmaxes</c>.
    /// </summary>
    public static string Name(this AttentionMode mode) => mode switch
    {
        AttentionMode.Mmca => "mmca",
        AttentionMode.Causal => "causal",
        AttentionMode.MmcaDeepSpeed => "mmca-deepspeed",
        AttentionMode.CraCaMask => "cra-ca-mask",
        _ => "causal-two-softmaxes",
    };
}
