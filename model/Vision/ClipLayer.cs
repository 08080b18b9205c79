using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// B images, P visual tokens, C width, N heads, D head dim.

/// <summary>
/// A layer of CLIP's vision tower: attention of every position to all, and an MLP, each after a
/// norm and added to what it reads.
/// </summary>
internal sealed record ClipLayer(
    LayerNorm AttentionNorm,
    LinearMaps QueryKeyValue,
    Linear Output,
    LayerNorm MlpNorm,
    Linear Wide,
    Linear Narrow,
    ClipVisionConfig Config)
{
    private static readonly Scalar QuickGeluSlope = 1.702; // Held: see HeldScalars.

    public static ClipLayer Of(ParameterSet parameters, string name, ClipVisionConfig config) => new(
        LayerNorm.Of(parameters, name + ".layer_norm1", config.LayerNormEpsilon),
        LinearMaps.Of(
            parameters,
            $"{name}.self_attn.{ClipParameters.JoinedAttention}",
            [name + ".self_attn.q_proj", name + ".self_attn.k_proj", name + ".self_attn.v_proj"],
            bias: true),
        Linear.Of(parameters, name + ".self_attn.out_proj", bias: true),
        LayerNorm.Of(parameters, name + ".layer_norm2", config.LayerNormEpsilon),
        Linear.Of(parameters, name + ".mlp.fc1", bias: true),
        Linear.Of(parameters, name + ".mlp.fc2", bias: true),
        config);

    public Tensor Forward(Tensor x_BPC)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor unit_BPC = AttentionNorm.Apply(x_BPC);
        IReadOnlyList<Tensor> maps = QueryKeyValue.Apply(unit_BPC);
        Tensor mixed_BNPD =
            nn.functional.scaled_dot_product_attention(Heads(maps[0]), Heads(maps[1]), Heads(maps[2]));
        Tensor attended_BPC = x_BPC.Plus(Output.Apply(mixed_BNPD.transpose(1, 2).flatten(2)));
        Tensor wide = Wide.Apply(MlpNorm.Apply(attended_BPC));
        return attended_BPC.Plus(Narrow.Apply(Activate(wide))).MoveToOuterDisposeScope();
    }

    private Tensor Activate(Tensor x) =>
        Config.Activation == "gelu" ? nn.functional.gelu(x) : x * (x * QuickGeluSlope).sigmoid();

    // [B, N, P, D]
    private Tensor Heads(Tensor x_BPC) => x_BPC
        .view(x_BPC.shape[0], x_BPC.shape[1], Config.Heads, Config.HiddenSize / Config.Heads)
        .transpose(1, 2);
}
