namespace VisualChat.Model.Attention;

/// <summary>The names of attention modes, as recipes and configurations write them.</summary>
public static class AttentionModeNames
{
    /// <summary><c>mmca</c>, <c>causal</c> or <c>mmca-deepspeed</c>.</summary>
    public static string Name(this AttentionMode mode) => mode switch
    {
        AttentionMode.Mmca => "mmca",
        AttentionMode.Causal => "causal",
        _ => "mmca-deepspeed",
    };
}
