using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Language;

/// <summary>A small decoder with random weights, and a random batch for it.</summary>
internal sealed class TestDecoder : IDisposable
{
    public static readonly LlamaConfig Sizes = new() { HiddenSize = 24, IntermediateSize = 40, Layers = 3, Heads = 4, KeyValueHeads = 4, HeadSize = 8, VocabularySize = 23, RmsNormEpsilon = 1e-6 };

    private readonly ScalarType _type;

    public TestDecoder(LlamaConfig config, ScalarType type, long seed)
    {
        Config = config;
        _type = type;
        Generator = new Generator((ulong)seed);
        using DisposeScope scope = NewDisposeScope();
        using Scalar deviation = 0.3;
        Tensor Start(long[] shape) => (shape.Length == 1 ? ones(shape, ScalarType.Float64) : zeros(shape, ScalarType.Float64)).Plus(randn(shape, dtype: ScalarType.Float64, generator: Generator).mul(deviation)).to(type);
        Parameters = new ParameterSet([.. LlamaParameters.All(config, config.VocabularySize).Select(spec => (spec.Name, (Tensor)new Parameter(Start(spec.Shape)).DetachFromDisposeScope()))]);
    }

    public LlamaConfig Config { get; }

    public Generator Generator { get; }

    public ParameterSet Parameters { get; }

    /// <summary>Logits and gradients of both: of the decoder over packed rows, and of the dense one sample by sample.</summary>
    /// <param name="mode">The attention.</param>
    /// <param name="samples">Each sample's kinds (t, v, p); padding is known to the dense decoder alone.</param>
    /// <param name="wanted">Which real positions of each sample are wanted.</param>
    /// <param name="activationCheckpointing">Whether the decoder recomputes its layers.</param>
    public (Outcome Packed, Outcome Dense) Compare(AttentionMode mode, string[] samples, Func<string, int, bool> wanted, bool activationCheckpointing = false)
    {
        Tensor[] inputs = [.. samples.Select(kinds => randn([kinds.Length, Config.HiddenSize], dtype: ScalarType.Float64, generator: Generator))];
        Tensor[] dense = [.. inputs.Select(input => input.clone().requires_grad_())];
        int[][] rows = [.. samples.Select(kinds => Enumerable.Range(0, kinds.Length).Where(place => kinds[place] != 'p' && wanted(kinds, place)).ToArray())];
        Tensor weight = randn([rows.Sum(chosen => chosen.Length), Config.VocabularySize], dtype: ScalarType.Float64, generator: Generator);

        var oracle = new DenseDecoder(name => Parameters[name].to(ScalarType.Float64), Config, mode);
        Tensor expected = cat([.. samples.Select((kinds, index) => oracle.Logits(dense[index], kinds)[tensor(rows[index].Select(row => (long)row).ToArray(), [rows[index].Length])])], 0);
        (expected * weight).sum().backward();
        Outcome denseOutcome = Collect(expected, cat([.. samples.Select((kinds, index) => Grad(dense[index])[Where(kinds, 't', 'v')])], 0));

        Tensor text = cat([.. samples.Select((kinds, index) => inputs[index][Where(kinds, 't')])], 0).to(_type).requires_grad_();
        Tensor images = cat([.. samples.Select((kinds, index) => inputs[index][Where(kinds, 'v')])], 0).to(_type).requires_grad_();
        InterleavedLayout layout = Layout(samples);
        int start = 0;
        List<int> places = [];
        for (int sample = 0; sample < samples.Length; sample++)
        {
            string kinds = samples[sample];
            places.AddRange(rows[sample].Select(row => start + kinds[..row].Count(kind => kind != 'p')));
            start += kinds.Count(kind => kind != 'p');
        }

        using ActivationCheckpointing? checkpointing = activationCheckpointing ? new ActivationCheckpointing() : null;
        Tensor actual = new LlamaDecoder(Parameters, Config, mode).Logits(text, images.shape[0] == 0 ? null : images, layout, places, checkpointing);
        (actual * weight.to(_type)).sum().backward();
        checkpointing?.ThrowIfFailed();
        Tensor packedGrad = cat([Grad(text), Grad(images)], 0)[tensor(layout.RowOfPosition.Select(row => (long)row).ToArray(), [layout.Positions])];
        return (Collect(actual, packedGrad), denseOutcome);
    }

    public static InterleavedLayout Layout(string[] samples) =>
        InterleavedLayout.Of([.. samples.Select(kinds => (IReadOnlyList<Run>)[.. kinds.Where(kind => kind != 'p').Select(kind => new Run(kind == 'v', 1))])]);

    public void Dispose()
    {
        Parameters.Dispose();
        Generator.Dispose();
    }

    private static Tensor Grad(Tensor x) => x.grad ?? zeros_like(x);

    private static Tensor Where(string kinds, params char[] wanted)
    {
        long[] places = [.. Enumerable.Range(0, kinds.Length).Where(place => wanted.Contains(kinds[place])).Select(place => (long)place)];
        return tensor(places, [places.Length]);
    }

    // The gradients of the weights, by name, taken out so that the next pass starts from none.
    private Outcome Collect(Tensor logits, Tensor inputGradients)
    {
        var tensors = new Dictionary<string, Tensor> { ["logits"] = logits.detach(), ["inputs"] = inputGradients };
        foreach ((string name, Parameter value) in Parameters.Trained)
        {
            if (name == LlamaParameters.Embedding)
                continue;
            tensors.Add(name, Grad(value).clone());
            value.grad = null;
        }

        return new Outcome(tensors);
    }

    internal sealed record Outcome(IReadOnlyDictionary<string, Tensor> Tensors)
    {
        /// <summary>A gradient of the exact batch is zero by the formula when nothing but rounding in double is left of it.</summary>
        private const double ZeroInDouble = 1e-12;

        /// <summary>The largest difference of any tensor, as a share of that tensor's largest value (at least 1e-3).</summary>
        /// <remarks>
        /// A softmax over one key is 1 whatever its score, so the gradients of q and k are zero by the formula when no
        /// row has a second key. What is computed in their place is the rounding of terms that cancel, and how much of
        /// it remains depends on the processor's kernels. It is no error of the gradient's own size, for it has none:
        /// it is measured against the largest gradient of the batch, whose terms were rounded.
        /// </remarks>
        public (double Share, string Name) FurthestFrom(Outcome exact)
        {
            exact.Tensors.Keys.Should().BeEquivalentTo(Tensors.Keys);
            double largestGradient = exact.Tensors.Where(tensor => tensor.Key != "logits").Max(tensor => Largest(tensor.Value));
            return Tensors
                .Select(tensor => (Share(tensor.Value, exact.Tensors[tensor.Key]), tensor.Key))
                .OrderByDescending(difference => double.IsNaN(difference.Item1) ? double.PositiveInfinity : difference.Item1)
                .First();

            double Share(Tensor actual, Tensor expected)
            {
                actual.shape.Should().Equal(expected.shape);
                double largest = Largest(expected);
                double scale = largest < ZeroInDouble * largestGradient ? largestGradient : largest;
                return Largest(actual.to(ScalarType.Float64) - expected.to(ScalarType.Float64)) / Math.Max(1e-3, scale);
            }
        }

        private static double Largest(Tensor x) => x.numel() == 0 ? 0 : x.abs().max().to(ScalarType.Float64).item<double>();
    }
}
