using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Projection;

/// <summary>
/// The projection <c>vit</c>: one more layer of the sizes of the CLIP tower's own, over all its
/// features with the class token's, then <see cref="BaselineProjection"/>.
/// </summary>
/// <remarks>The layer is trained, and keeps what a backward pass needs of it.</remarks>
internal sealed class VitProjection : VisualProjection
{
    /// <summary>The layer's name, after the prefix.</summary>
    public const string LayerName = "vis_layer";

    private const string Layer = Prefix + LayerName;
    private const string AfterLayer = Prefix + "projection.";

    private readonly ClipLayer _layer;
    private readonly BaselineProjection _baseline;

    public VitProjection(ParameterSet parameters, ClipVisionConfig vision)
    {
        _layer = ClipLayer.Of(parameters, Layer, vision);
        _baseline = new BaselineProjection(parameters, AfterLayer);
    }

    public static IEnumerable<ParameterSpec> Specs(ClipVisionConfig vision, long languageWidth)
    {
        long width = vision.HiddenSize, inner = vision.IntermediateSize;
        return
        [
            .. UniformMap(Layer + ".self_attn.k_proj", width, width),
            .. UniformMap(Layer + ".self_attn.v_proj", width, width),
            .. UniformMap(Layer + ".self_attn.q_proj", width, width),
            .. UniformMap(Layer + ".self_attn.out_proj", width, width),
            .. Norm(Layer + ".layer_norm1", width),
            .. UniformMap(Layer + ".mlp.fc1", inner, width),
            .. UniformMap(Layer + ".mlp.fc2", width, inner),
            .. Norm(Layer + ".layer_norm2", width),
            .. BaselineProjection.Specs(AfterLayer, width, languageWidth),
        ];
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor features_BPC) => _baseline.Apply(_layer.Forward(features_BPC));
}
