using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

// T text rows, I image rows, H hidden size.

/// <summary>
/// One decoder layer over packed text and image rows: attention, then a gated MLP (SwiGLU, arXiv
/// 2002.05202). Each works on a normalised copy of the rows and is added to them.
/// </summary>
/// <remarks>
/// Text and image rows are one tensor, so that each product is one. In the last layer most rows
/// give only a key and a value: output projection and MLP are computed of the wanted rows there.
/// </remarks>
internal sealed record LlamaLayer(
    LlamaAttention Attention,
    RmsNorm AttentionNorm,
    RmsNorm MlpNorm,
    LinearMaps GateUp,
    Linear Down,
    bool IsLast)
{
    public static LlamaLayer Of(ParameterSet parameters, string name, LlamaConfig config, bool isLast) => new(
        LlamaAttention.Of(parameters, name + ".self_attn", config),
        new RmsNorm(parameters[name + ".input_layernorm.weight"], config.RmsNormEpsilon),
        new RmsNorm(parameters[name + ".post_attention_layernorm.weight"], config.RmsNormEpsilon),
        LinearMaps.Of(
            parameters,
            $"{name}.mlp.{LlamaParameters.JoinedMlp}",
            [name + ".mlp.gate_proj", name + ".mlp.up_proj"]),
        Linear.Of(parameters, name + ".mlp.down_proj"),
        isLast);

    /// <summary>The rows after this layer; after the last one, only the wanted rows.</summary>
    /// <param name="x_RH">[T + I, H] Text rows, then image rows.</param>
    /// <param name="pass">The batch.</param>
    public Tensor Forward(Tensor x_RH, DecoderPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        bool needsImageRows = pass.Layout.ImageRows > 0 && (!IsLast || pass.WantsImageRows);
        Tensor attended = Attention.Attend(AttentionNorm.Apply(x_RH), pass, needsImageRows);
        Tensor x = x_RH;
        if (IsLast && pass.WantedRows is { } wanted)
            (x, attended) = (x.index_select(0, wanted), attended.index_select(0, wanted));
        x = Attention.Output.Apply(attended).AddInPlace(x);
        IReadOnlyList<Tensor> gateUp = GateUp.Apply(MlpNorm.Apply(x));
        return Down.Apply(nn.functional.silu(gateUp[0]) * gateUp[1]).AddInPlace(x).MoveToOuterDisposeScope();
    }
}
