using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Projection;

/// <summary>
/// The projection <c>perceiver</c>: a <see cref="Resampler"/> of the decoder's width makes 256
/// visual tokens of any number of features, then a layer norm and a linear map. The class token's
/// feature is dropped.
/// </summary>
internal sealed class PerceiverProjection : VisualProjection
{
    /// <summary>Visual tokens of an image: the queries.</summary>
    public const int Queries = GridSide * GridSide;

    /// <summary>The queries' name, after the prefix.</summary>
    public const string QueryName = Resampler.QueryName;

    private const int GridSide = 16;
    private const int HeadSize = 128;
    private const double Deviation = 0.02;
    private const string NormName = Prefix + "projection.0";
    private const string LinearName = Prefix + "projection.1";

    private readonly Resampler _resampler;
    private readonly LayerNorm _norm;
    private readonly Linear _linear;

    public PerceiverProjection(ParameterSet parameters)
    {
        _norm = LayerNorm.Of(parameters, NormName, NormEpsilon);
        _linear = Linear.Of(parameters, LinearName, bias: true);
        int heads = HeadsOf(_linear.Weight.Rows);
        _resampler = new Resampler(parameters, Prefix, heads, NormEpsilon, keyBias: true);
    }

    /// <exception cref="ModelException">The decoder's width does not divide into heads.</exception>
    public static IEnumerable<ParameterSpec> Specs(long visionWidth, long languageWidth)
    {
        int heads = HeadsOf(languageWidth);
        if (heads == 0 || languageWidth % heads != 0 || languageWidth % 4 != 0)
        {
            throw new ModelException(
                $"The projection '{ProjectionKind.Perceiver.Name()}' has heads of {HeadSize}, and the decoder's width "
                + $"of {languageWidth:N0} does not divide into them: take another projection or decoder.");
        }

        return
        [
            .. Resampler.Specs(ModelPart.Projection, Prefix, GridSide, visionWidth, languageWidth, keyBias: true),
            .. Norm(NormName, languageWidth),
            Spec(
                ParameterRole.Matrix,
                LinearName + ".weight",
                [languageWidth, languageWidth],
                Initialization.NormalOf(Deviation)),
            Spec(ParameterRole.Vector, LinearName + ".bias", [languageWidth], Initialization.Zeros),
        ];
    }

    /// <summary>Numbers that a pass keeps for a backward pass, about.</summary>
    /// <param name="visionWidth">C</param>
    /// <param name="patches">P</param>
    /// <param name="width">H</param>
    /// <param name="images">B</param>
    public static long NumbersKept(long visionWidth, long patches, long width, long images)
    {
        // The patches; the key norm's input, its result with and without places, keys and values.
        long ofPatches = patches * (visionWidth + (5 * width));

        // The attention's result twice, the last norm's input, the map's.
        long ofQueries = 4 * Queries * width;

        // The queries: their norm's input, with places, mapped.
        return (images * (ofPatches + ofQueries)) + (3 * Queries * width);
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor features_BPC)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor patches_BPC = features_BPC.narrow(1, 1, features_BPC.shape[1] - 1);
        return _linear.Apply(_norm.Apply(_resampler.Apply(patches_BPC))).MoveToOuterDisposeScope();
    }

    private static int HeadsOf(long width) => (int)(width / HeadSize);
}
