using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// B images, S pixels a side, P visual tokens, C width, N heads, D head dim.

/// <summary>
/// CLIP's vision tower (arXiv 2103.00020): a transformer over patches and a class token. Its
/// features are the last layer's output, class token included, before the final norm.
/// </summary>
/// <remarks>
/// Costs B · P times the tower's weights in multiply-adds, and attention in P². Attention weights
/// are never kept.
/// </remarks>
internal sealed class ClipVisionTower : VisionTower
{
    private static readonly Scalar QuickGeluSlope = 1.702; // Held: see HeldScalars.

    private readonly ClipVisionConfig _config;
    private readonly Tensor _classEmbedding;
    private readonly Tensor _patchEmbedding;
    private readonly Tensor _positionEmbedding;
    private readonly LayerNorm _firstNorm;
    private readonly IReadOnlyList<Layer> _layers;

    public ClipVisionTower(ParameterSet parameters, ClipVisionConfig config)
    {
        const string Root = ClipParameters.Prefix + "vision_model.";
        _config = config;
        _classEmbedding = parameters[Root + "embeddings.class_embedding"];
        _patchEmbedding = parameters[Root + "embeddings.patch_embedding.weight"];
        _positionEmbedding = parameters[Root + "embeddings.position_embedding.weight"];
        _firstNorm = LayerNorm.Of(parameters, Root + "pre_layrnorm", config.LayerNormEpsilon);
        _layers =
        [
            .. Enumerable.Range(0, config.Layers)
                .Select(index => Layer.Of(parameters, $"{Root}encoder.layers.{index}", config)),
        ];
    }

    /// <inheritdoc/>
    public override Tensor Features(Tensor pixels)
    {
        RequireSize(pixels, _config.ImageSize);
        using DisposeScope scope = NewDisposeScope();
        long images = pixels.shape[0], patch = _config.PatchSize;
        Tensor patches_BCpp =
            nn.functional.conv2d(pixels, Linear.Cast(_patchEmbedding, pixels), strides: [patch, patch]);
        Tensor patches_BPC = patches_BCpp.flatten(2).transpose(1, 2);
        Tensor class_B1C = Linear.Cast(_classEmbedding, pixels).expand(images, 1, _config.HiddenSize);
        Tensor embedded_BPC = cat([class_B1C, patches_BPC], 1).Plus(Linear.Cast(_positionEmbedding, pixels));
        Tensor x_BPC = _firstNorm.Apply(embedded_BPC);
        foreach (Layer layer in _layers)
        {
            using Tensor before_BPC = x_BPC; // What a backward pass needs of it, autograd holds.
            x_BPC = layer.Forward(before_BPC);
        }

        return x_BPC.MoveToOuterDisposeScope();
    }

    private sealed record Layer(
        LayerNorm AttentionNorm,
        LinearMaps QueryKeyValue,
        Linear Output,
        LayerNorm MlpNorm,
        Linear Wide,
        Linear Narrow,
        ClipVisionConfig Config)
    {
        public static Layer Of(ParameterSet parameters, string name, ClipVisionConfig config) => new(
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
}
