namespace VisualChat.Model.Attention;

/// <summary>The names of attention modes, as recipes and configurations write them.</summary>
public static class AttentionModeNames
{
    /// <summary>
    /// <c>mmca</c>, <c>causal</c>, <c>mmca-deepspeed</c>, <c>cra-ca-mask</c>,
    /// <c>causal-two-softmaxes</c> or <c>cra-ca</c>.
    /// </summary>
    public static string Name(this AttentionMode mode) => mode switch
    {
        AttentionMode.Mmca => "mmca",
        AttentionMode.Causal => "causal",
        AttentionMode.MmcaDeepSpeed => "mmca-deepspeed",
        AttentionMode.CraCaMask => "cra-ca-mask",
        AttentionMode.CausalTwoSoftmaxes => "causal-two-softmaxes",
        _ => "cra-ca",
    };
}
