using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Projection;

/// <summary>
/// The projection <c>baseline</c>: a linear map from the vision tower's width to the decoder's,
/// then a layer norm.
/// </summary>
internal sealed class BaselineProjection : VisualProjection
{
    /// <summary>The linear map's name, after what all names begin with.</summary>
    public const string LinearName = "0";

    private const string NormName = "1";

    private readonly Linear _linear;
    private readonly LayerNorm _norm;

    /// <param name="parameters">Has its tensors.</param>
    /// <param name="prefix">How their names begin.</param>
    public BaselineProjection(ParameterSet parameters, string prefix)
    {
        _linear = Linear.Of(parameters, prefix + LinearName, bias: true);
        _norm = LayerNorm.Of(parameters, prefix + NormName, NormEpsilon);
    }

    public static IEnumerable<ParameterSpec> Specs(string prefix, long visionWidth, long languageWidth) =>
    [
        .. UniformMap(prefix + LinearName, languageWidth, visionWidth),
        .. Norm(prefix + NormName, languageWidth),
    ];

    /// <inheritdoc/>
    public override Tensor Apply(Tensor features_BPC) => _norm.Apply(_linear.Apply(features_BPC));
}
