using TorchSharp.Modules;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Projection;

/// <summary>
/// A projection of the released code, in <c>Data/projections</c>: weights by its names, features of
/// one image, and some rows of what its own module makes of them in float64.
/// </summary>
internal sealed class GoldenProjection
{
    public const int LanguageWidth = 256;

    public static readonly ClipVisionConfig Tower = new()
    {
        HiddenSize = 32,
        IntermediateSize = 64,
        Heads = 4,
        ImageSize = 224,
        PatchSize = 14,
    };

    /// <param name="kind">Which one.</param>
    /// <param name="type">The type of weights and features.</param>
    public GoldenProjection(ProjectionKind kind, ScalarType type)
    {
        using var files = new MappedFiles();
        Tensors = WeightFile.Read(TestData.At("projections", $"{kind.Name()}.safetensors"));
        Features = files.Load(Tensors["vision"]).to(type);
        Expected = files.Load(Tensors["expected"]);
        Parameters = new ParameterSet([.. SpecsOf(kind).Select(spec => (spec, Value(spec)))]);
        Projection = VisualProjection.Of(kind, Tower, Parameters);

        Tensor Value(ParameterSpec spec)
        {
            Tensor value = files.Load(Tensors[spec.Name]).to(type, copy: true);
            return spec.IsConstant ? value : new Parameter(value);
        }
    }

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    public ParameterSet Parameters { get; }

    public VisualProjection Projection { get; }

    /// <summary>[1, 257, 32]</summary>
    public Tensor Features { get; }

    /// <summary>[rows, 256] of <c>vit</c> every 16th row, of <c>perceiver</c> every 15th.</summary>
    public Tensor Expected { get; }

    public static IReadOnlyList<ParameterSpec> SpecsOf(ProjectionKind kind) =>
        VisualProjection.Source(kind, Tower, LanguageWidth).Specs;

    /// <summary>A number that every visual token moves in its own way.</summary>
    public Tensor Loss()
    {
        Tensor tokens = Projection.Apply(Features);
        using var generator = new Generator(7);
        Tensor weights = randn(tokens.shape, dtype: ScalarType.Float64, generator: generator);
        return tokens.mul(weights.to(tokens.dtype)).sum();
    }

    /// <summary>The gradient of <see cref="Loss"/> by what is trained.</summary>
    public Dictionary<string, Tensor> Gradients()
    {
        Loss().backward();
        return Parameters.Trained.ToDictionary(trained => trained.Name, trained => trained.Value.grad!);
    }
}
