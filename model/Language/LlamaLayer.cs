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
/// In the last layer most rows give only a key and a value. Image rows need no query, output
/// projection or MLP there, and only the wanted text rows need the last two.
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
    public (Tensor Text, Tensor? Image) Forward(Tensor text_TH, Tensor? image_IH, DecoderPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        bool needsImageRows = image_IH is not null && (!IsLast || pass.WantedImageRows is not null);
        Tensor textUnit_TH = AttentionNorm.Apply(text_TH);
        Tensor? imageUnit_IH = image_IH is null ? null : AttentionNorm.Apply(image_IH);
        (Tensor attended, Tensor? imageAttended) =
            Attention.Attend(textUnit_TH, imageUnit_IH, pass, needsImageRows);
        Tensor text = Finish(text_TH, attended, IsLast ? pass.WantedTextRows : null);
        Tensor? image = imageAttended is null
            ? null
            : Finish(image_IH!, imageAttended, IsLast ? pass.WantedImageRows : null);
        return (text.MoveToOuterDisposeScope(), image?.MoveToOuterDisposeScope());
    }

    private Tensor Finish(Tensor x, Tensor attended, Tensor? wantedRows)
    {
        if (wantedRows is not null)
            (x, attended) = (x.index_select(0, wantedRows), attended.index_select(0, wantedRows));
        x = Attention.Output.Apply(attended).AddInPlace(x);
        IReadOnlyList<Tensor> gateUp = GateUp.Apply(MlpNorm.Apply(x));
        return Down.Apply(nn.functional.silu(gateUp[0]) * gateUp[1]).AddInPlace(x);
    }
}
