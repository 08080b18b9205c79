using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>
/// Small models of open_flamingo's own modules, in <c>Data/flamingo</c>: weights by its names, and
/// what it computes of them in float64.
/// </summary>
internal sealed class GoldenFlamingo : IDisposable
{
    private readonly MappedFiles _files = new();

    /// <param name="file">The file's name without its ending.</param>
    public GoldenFlamingo(string file) =>
        Tensors = WeightFile.Read(TestData.At("flamingo", file + ".safetensors"));

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    public Tensor this[string name] => _files.Load(Tensors[name]);

    public void Dispose() => _files.Dispose();

    /// <summary>The file's weights, each of the shape that is asked for.</summary>
    /// <param name="specs">The tensors.</param>
    /// <param name="type">The type of their values.</param>
    /// <param name="nameInFile">A tensor's name there.</param>
    public ParameterSet Parameters(
        IEnumerable<ParameterSpec> specs, ScalarType type, Func<string, string> nameInFile)
    {
        return new ParameterSet([.. specs.Select(spec => (spec, Value(spec)))]);

        Tensor Value(ParameterSpec spec)
        {
            Tensor value = this[nameInFile(spec.Name)].to(type, copy: true);
            value.shape.Should().Equal(spec.Shape, spec.Name);
            return value.DetachFromDisposeScope();
        }
    }

    /// <summary>
    /// Which of a sample's positions look at which visual tokens; i is an image's position.
    /// </summary>
    public static MediaLayout Layout(SeenImages images, int tokensOfImage, params string[] samples)
    {
        Run[] image = [Run.Image(tokensOfImage), Run.Text(1)];
        return new MediaLayout(
            [
                .. samples.Select(sample => SampleLayout.Of(
                    [.. sample.SelectMany(letter => letter == 'i' ? image : [Run.Text(1)])])),
            ],
            tokensOfImage,
            images);
    }

    /// <summary>The largest difference as a share of the largest number that is expected.</summary>
    public static double RelativeDifference(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        Tensor wide = expected.to(ScalarType.Float64);
        return Largest(actual.to(ScalarType.Float64).Plus(wide.neg())) / Largest(wide);

        static double Largest(Tensor x) => x.abs().max().item<double>();
    }
}
