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
    private readonly ClipVisionConfig _config;
    private readonly Tensor _classEmbedding;
    private readonly Tensor _patchEmbedding;
    private readonly Tensor _positionEmbedding;
    private readonly LayerNorm _firstNorm;
    private readonly IReadOnlyList<ClipLayer> _layers;

    public ClipVisionTower(ParameterSet parameters, ClipVisionConfig config)
        : base(config.IsNarrow)
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
                .Select(index => ClipLayer.Of(parameters, $"{Root}encoder.layers.{index}", config)),
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
        foreach (ClipLayer layer in _layers)
        {
            using Tensor before_BPC = x_BPC; // What a backward pass needs of it, autograd holds.
            x_BPC = layer.Forward(before_BPC);
        }

        return x_BPC.MoveToOuterDisposeScope();
    }
}
