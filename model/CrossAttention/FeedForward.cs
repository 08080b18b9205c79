using TorchSharp;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.CrossAttention;

// R rows, C width.

/// <summary>
/// The feed-forward part of Flamingo's layers: a norm, four times the width, the exact GELU, and
/// back. Without biases.
/// </summary>
internal sealed record FeedForward(LayerNorm Norm, Linear Widen, Linear Narrow)
{
    /// <summary>How many times wider it is inside.</summary>
    public const int Factor = 4;

    // Places in OpenFlamingo's nn.Sequential; the GELU between them has no tensor.
    private const string NormPlace = ".0", WidenPlace = ".1", NarrowPlace = ".3";

    public static FeedForward Of(ParameterSet parameters, string name) => new(
        LayerNorm.Of(parameters, name + NormPlace, CrossMaps.NormEpsilon),
        Linear.Of(parameters, name + WidenPlace),
        Linear.Of(parameters, name + NarrowPlace));

    public static IEnumerable<ParameterSpec> Specs(ModelPart part, string name, long width) =>
    [
        .. CrossMaps.Norm(part, name + NormPlace, width),
        CrossMaps.Map(part, name + WidenPlace, Factor * width, width),
        CrossMaps.Map(part, name + NarrowPlace, width, Factor * width),
    ];

    /// <summary>[R, C] from [R, C].</summary>
    public Tensor Apply(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return Narrow.Apply(nn.functional.gelu(Widen.Apply(Norm.Apply(x)))).MoveToOuterDisposeScope();
    }
}
