using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Projection;

/// <summary>
/// The projection <c>baseline</c>: a linear map from the vision tower's width to the decoder's,
/// then a layer norm.
/// </summary>
internal sealed class BaselineProjection
{
    private const string Prefix = "projection.";
    private const string LinearName = Prefix + "0";
    private const string NormName = Prefix + "1";
    private const double NormEpsilon = 1e-12;

    private readonly Linear _linear;
    private readonly LayerNorm _norm;

    public BaselineProjection(ParameterSet parameters)
    {
        _linear = Linear.Of(parameters, LinearName, bias: true);
        _norm = LayerNorm.Of(parameters, NormName, NormEpsilon);
    }

    public static ParameterSource Source(long visionWidth, long languageWidth)
    {
        // PyTorch's own start of a linear layer.
        Initialization start = Initialization.UniformOf(Math.Pow(visionWidth, -0.5));
        return new ParameterSource
        {
            Specs =
            [
                Spec(ParameterRole.Matrix, LinearName + ".weight", [languageWidth, visionWidth], start),
                Spec(ParameterRole.Vector, LinearName + ".bias", [languageWidth], start),
                Spec(ParameterRole.Vector, NormName + ".weight", [languageWidth], Initialization.Ones),
                Spec(ParameterRole.Vector, NormName + ".bias", [languageWidth], Initialization.Zeros),
            ],
        };

        static ParameterSpec Spec(ParameterRole role, string name, long[] shape, Initialization start) =>
            new(ModelPart.Projection, role, name, shape, start);
    }

    /// <summary>Visual tokens for the decoder.</summary>
    /// <param name="features">[..., vision width]</param>
    /// <returns>[..., language width]</returns>
    public Tensor Apply(Tensor features) => _norm.Apply(_linear.Apply(features));
}
