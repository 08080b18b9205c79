using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Projection;

/// <summary>The projection <c>baseline</c>: from the vision tower's width to the decoder's, then a layer norm.</summary>
public sealed class BaselineProjection
{
    /// <summary>What its tensors' names begin with.</summary>
    internal const string Prefix = "projection.";

    private const double NormEpsilon = 1e-12;
    private const string LinearName = Prefix + "0", NormName = Prefix + "1";

    private readonly Linear _linear;
    private readonly LayerNorm _norm;

    internal BaselineProjection(ParameterSet parameters)
    {
        _linear = Linear.Of(parameters, LinearName, bias: true);
        _norm = LayerNorm.Of(parameters, NormName, NormEpsilon);
    }

    /// <summary>Visual tokens for the decoder.</summary>
    /// <param name="features">[..., vision width]</param>
    /// <returns>[..., language width]</returns>
    public Tensor Apply(Tensor features) => _norm.Apply(_linear.Apply(features));

    internal static IEnumerable<ParameterSpec> Parameters(long visionWidth, long languageWidth)
    {
        // PyTorch's own start of a linear layer.
        Initialization start = Initialization.UniformOf(Math.Pow(visionWidth, -0.5));
        yield return new ParameterSpec(ModelPart.Projection, LinearName + ".weight", [languageWidth, visionWidth], start);
        yield return new ParameterSpec(ModelPart.Projection, LinearName + ".bias", [languageWidth], start);
        yield return new ParameterSpec(ModelPart.Projection, NormName + ".weight", [languageWidth], Initialization.Ones);
        yield return new ParameterSpec(ModelPart.Projection, NormName + ".bias", [languageWidth], Initialization.Zeros);
    }
}
