using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>One decoder layer over packed text and image rows: attention, then a gated MLP (SwiGLU, arXiv 2002.05202), each on a normalised copy and added.</summary>
/// <remarks>
/// In the last layer, all that is wanted of most rows is their key and value: image rows have no query, output projection or MLP there,
/// and of the text rows only the wanted ones have the last two.
/// </remarks>
internal sealed record LlamaLayer(LlamaAttention Attention, RmsNorm AttentionNorm, RmsNorm MlpNorm, Linear Gate, Linear Up, Linear Down, bool Last)
{
    public static LlamaLayer Of(ParameterSet parameters, string name, LlamaConfig config, bool last) => new(
        LlamaAttention.Of(parameters, name + ".self_attn", config),
        new RmsNorm(parameters[name + ".input_layernorm.weight"], config.RmsNormEpsilon),
        new RmsNorm(parameters[name + ".post_attention_layernorm.weight"], config.RmsNormEpsilon),
        Linear.Of(parameters, name + ".mlp.gate_proj"), Linear.Of(parameters, name + ".mlp.up_proj"), Linear.Of(parameters, name + ".mlp.down_proj"), last);

    /// <summary>The rows after this layer; after the last one, the wanted rows alone.</summary>
    public (Tensor Text, Tensor? Image) Forward(Tensor text_TH, Tensor? image_IH, DecoderPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        bool imageRowsNeeded = image_IH is not null && (!Last || pass.ImageRowsOut is not null);
        (Tensor textMix, Tensor? imageMix) = Attention.Attend(
            AttentionNorm.Apply(text_TH), image_IH is null ? null : AttentionNorm.Apply(image_IH), pass, imageRowsNeeded);
        Tensor text = Finish(text_TH, textMix, Last ? pass.TextRowsOut : null).MoveToOuterDisposeScope();
        Tensor? image = imageMix is null ? null : Finish(image_IH!, imageMix, Last ? pass.ImageRowsOut : null).MoveToOuterDisposeScope();
        return (text, image);
    }

    private Tensor Finish(Tensor x, Tensor mix, Tensor? rowsOut)
    {
        if (rowsOut is not null)
            (x, mix) = (x.index_select(0, rowsOut), mix.index_select(0, rowsOut));
        x = Attention.Output.Apply(mix).AddInPlace(x);
        Tensor unit = MlpNorm.Apply(x);
        return Down.Apply(nn.functional.silu(Gate.Apply(unit)) * Up.Apply(unit)).AddInPlace(x);
    }
}
