using VisualChat.Model.Errors;

namespace VisualChat.Model.Attention;

/// <summary>The names of attention modes, as recipes and configurations write them.</summary>
public static class AttentionModeNames
{
    /// <summary><c>mmca</c>, <c>causal</c> or <c>mmca-deepspeed</c>.</summary>
    /// <exception cref="ModelException">Another name.</exception>
    public static AttentionMode Parse(string name) => name switch
    {
        "mmca" => AttentionMode.Mmca,
        "causal" => AttentionMode.Causal,
        "mmca-deepspeed" => AttentionMode.MmcaDeepSpeed,
        _ => throw new ModelException(
            $"There is no attention '{name}'; there are mmca, causal and mmca-deepspeed."),
    };

    /// <summary>The name that <see cref="Parse"/> reads.</summary>
    public static string Name(this AttentionMode mode) => mode switch
    {
        AttentionMode.Mmca => "mmca",
        AttentionMode.Causal => "causal",
        _ => "mmca-deepspeed",
    };
}
