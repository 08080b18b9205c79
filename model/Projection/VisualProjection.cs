using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Projection;

// B images, P features of an image, Q visual tokens of it, C feature width, H decoder width.

/// <summary>
/// Makes visual tokens for the decoder of a vision tower's features. The kinds, their tensors'
/// names and their starts are those of the released system (vis_proj.py of DeepSpeed-VisualChat).
/// </summary>
internal abstract class VisualProjection
{
    /// <summary>How the names of all its tensors begin.</summary>
    public const string Prefix = "projection.";

    /// <summary>The epsilon of its own norms, in every kind.</summary>
    protected const double NormEpsilon = 1e-12;

    // A tensor that one kind alone has, after the prefix.
    private static readonly (ProjectionKind Kind, string Mark)[] Marks =
    [
        (ProjectionKind.Vit, VitProjection.LayerName + "."),
        (ProjectionKind.Perceiver, PerceiverProjection.QueryName),
        (ProjectionKind.Baseline, BaselineProjection.LinearName + "."),
    ];

    /// <summary>The projection over loaded tensors.</summary>
    public static VisualProjection Of(ProjectionKind kind, VisionTowerConfig vision, ParameterSet parameters) =>
        kind switch
        {
            ProjectionKind.Baseline => new BaselineProjection(parameters, Prefix),
            ProjectionKind.Vit => new VitProjection(parameters, (ClipVisionConfig)vision),
            _ => new PerceiverProjection(parameters),
        };

    /// <summary>The projection's tensors.</summary>
    /// <exception cref="ModelException">
    /// It does not go with the tower, or with the decoder's width.
    /// </exception>
    public static ParameterSource Source(ProjectionKind kind, VisionTowerConfig vision, long languageWidth)
    {
        if (!kind.TakesAnyTower() && vision is not ClipVisionConfig)
        {
            throw new ModelException(
                $"The projection '{kind.Name()}' takes the features of a CLIP vision tower, and this model has a "
                + $"{vision.Kind}: take the projection '{ProjectionKind.Baseline.Name()}'.");
        }

        IEnumerable<ParameterSpec> specs = kind switch
        {
            ProjectionKind.Baseline => BaselineProjection.Specs(Prefix, vision.FeatureSize, languageWidth),
            ProjectionKind.Vit => VitProjection.Specs((ClipVisionConfig)vision, languageWidth),
            _ => PerceiverProjection.Specs(vision.FeatureSize, languageWidth),
        };
        return new ParameterSource
        {
            Specs = [.. specs],
            Mismatch = names => KindOf(names) is { } found && found != kind
                ? $"holds the projection '{found.Name()}', and this model's is '{kind.Name()}'"
                : null,
        };
    }

    /// <summary>Numbers that a pass keeps for a backward pass, about.</summary>
    /// <param name="description">The model.</param>
    /// <param name="images">Images of the pass.</param>
    public static long NumbersKept(ModelDescription description, long images)
    {
        (VisionTowerConfig vision, long width) = (description.Vision, description.Language.HiddenSize);
        long features = vision.FeatureSize, tokens = vision.VisualTokens;

        // The map's input, and its result, which the norm reads.
        long baseline = images * tokens * (features + width);
        return description.Projection switch
        {
            ProjectionKind.Baseline => baseline,
            ProjectionKind.Vit => baseline + (images * vision.NumbersKept / vision.Layers),
            _ => PerceiverProjection.NumbersKept(features, tokens - 1, width, images),
        };
    }

    /// <summary>The projection whose tensors are among names; null: none's are.</summary>
    public static ProjectionKind? KindOf(IEnumerable<string> names)
    {
        string[] own = [.. names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))];
        foreach ((ProjectionKind kind, string mark) in Marks)
        {
            if (own.Any(name => name.AsSpan(Prefix.Length).StartsWith(mark)))
                return kind;
        }

        return null;
    }

    /// <summary>Visual tokens for the decoder.</summary>
    /// <param name="features_BPC">As the tower gives them.</param>
    /// <returns>[B, Q, H]</returns>
    public abstract Tensor Apply(Tensor features_BPC);

    // PyTorch's own start of a linear map.
    protected static IEnumerable<ParameterSpec> UniformMap(string name, long rows, long columns)
    {
        Initialization start = Initialization.UniformOf(Math.Pow(columns, -0.5));
        yield return Spec(ParameterRole.Matrix, name + ".weight", [rows, columns], start);
        yield return Spec(ParameterRole.Vector, name + ".bias", [rows], start);
    }

    protected static IEnumerable<ParameterSpec> Norm(string name, long width) =>
    [
        Spec(ParameterRole.Vector, name + ".weight", [width], Initialization.Ones),
        Spec(ParameterRole.Vector, name + ".bias", [width], Initialization.Zeros),
    ];

    protected static ParameterSpec Spec(ParameterRole role, string name, long[] shape, Initialization start) =>
        new(ModelPart.Projection, role, name, shape, start);
}
