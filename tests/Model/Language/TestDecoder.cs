using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Language;

/// <summary>A small decoder with random weights, and a random batch for it.</summary>
internal sealed class TestDecoder : IDisposable
{
    public static readonly LlamaConfig Sizes = new()
    {
        HiddenSize = 24,
        IntermediateSize = 40,
        Layers = 3,
        Heads = 4,
        KeyValueHeads = 4,
        HeadSize = 8,
        VocabularySize = 23,
        RmsNormEpsilon = 1e-6,
    };

    private readonly ScalarType _type;

    /// <param name="config">The decoder's sizes.</param>
    /// <param name="type">The type of its weights and of what it computes.</param>
    /// <param name="seed">Decides weights and batches.</param>
    /// <param name="isJoined">
    /// Whether weights of one input are frozen and one tensor, as on a GPU.
    /// </param>
    public TestDecoder(LlamaConfig config, ScalarType type, long seed, bool isJoined = false)
    {
        Config = config;
        _type = type;
        Generator = new Generator((ulong)seed);
        using DisposeScope scope = NewDisposeScope();
        using Scalar deviation = 0.3;
        ParameterSpec[] specs = [.. LlamaParameters.All(config, config.VocabularySize)];
        var joined = JoinedTensors.Empty(isJoined ? specs : [], type, CPU);
        Parameters = new ParameterSet(
            [.. specs.Select(Start)],
            joined: joined.Whole.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.DetachFromDisposeScope()));

        (ParameterSpec Spec, Tensor Value) Start(ParameterSpec spec)
        {
            Tensor centre = spec.Shape.Length == 1
                ? ones(spec.Shape, ScalarType.Float64)
                : zeros(spec.Shape, ScalarType.Float64);
            Tensor values = centre.Plus(Random(spec.Shape).mul(deviation)).to(type);
            if (joined.ViewOf(spec) is { } view)
                return (spec, view.copy_(values).DetachFromDisposeScope());
            return (spec, new Parameter(values).DetachFromDisposeScope());
        }
    }

    public LlamaConfig Config { get; }

    /// <summary>Whether attention is computed as on a GPU.</summary>
    public bool IsPadded { get; init; }

    public Generator Generator { get; }

    public ParameterSet Parameters { get; }

    /// <summary>
    /// Logits and gradients of both: of the decoder over packed rows, and of the dense one sample
    /// by sample.
    /// </summary>
    /// <param name="mode">The attention.</param>
    /// <param name="samples">
    /// Each sample's kinds (t, v, p). Only the dense decoder sees padding.
    /// </param>
    /// <param name="wanted">Which of a sample's positions that are not padding are wanted.</param>
    /// <param name="activationCheckpointing">Whether the decoder recomputes its layers.</param>
    public (Outcome Packed, Outcome Dense) Compare(
        AttentionMode mode,
        string[] samples,
        Func<string, int, bool> wanted,
        bool activationCheckpointing = false)
    {
        Tensor[] inputs = [.. samples.Select(kinds => Random([kinds.Length, Config.HiddenSize]))];
        int[][] rows = [.. samples.Select(kinds => WantedRows(kinds, wanted))];
        Tensor weight = Random([rows.Sum(chosen => chosen.Length), Config.VocabularySize]);

        Outcome dense = Dense(mode, samples, inputs, rows, weight);
        Outcome packed = Packed(mode, samples, inputs, rows, weight.to(_type), activationCheckpointing);
        return (packed, dense);
    }

    /// <summary>A pass on the CPU: what it needs of the batch is planned and sent first.</summary>
    public static Tensor Logits(
        LlamaDecoder decoder,
        Tensor text,
        Tensor? images,
        InterleavedLayout layout,
        IReadOnlyList<int> wanted,
        ActivationCheckpointing? checkpointing = null)
    {
        var numbers = new PackedNumbers();
        DecoderPlan plan = decoder.Plan(layout, wanted, cachedPositions: 0, numbers);
        SentNumbers sent = numbers.Send(new DeviceTransfers(CPU));
        return decoder.Logits(text, images, plan, sent, checkpointing);
    }

    public static InterleavedLayout Layout(string[] samples) => InterleavedLayout.Of([.. samples.Select(Runs)]);

    public void Dispose()
    {
        Parameters.Dispose();
        Generator.Dispose();
    }

    private static IReadOnlyList<Run> Runs(string kinds) =>
        [.. kinds.Where(kind => kind != 'p').Select(kind => new Run(kind == 'v', 1))];

    private static int[] WantedRows(string kinds, Func<string, int, bool> wanted) =>
        [.. Enumerable.Range(0, kinds.Length).Where(place => kinds[place] != 'p' && wanted(kinds, place))];

    private Tensor Random(long[] shape) => randn(shape, dtype: ScalarType.Float64, generator: Generator);

    private Outcome Dense(AttentionMode mode, string[] samples, Tensor[] inputs, int[][] rows, Tensor weight)
    {
        var oracle = new DenseDecoder(name => Parameters[name].to(ScalarType.Float64), Config, mode);
        Tensor[] leaves = [.. inputs.Select(input => input.clone().requires_grad_())];
        Tensor logits = cat(
            [.. samples.Select((kinds, index) => oracle.Logits(leaves[index], kinds)[Indexes(rows[index])])], 0);
        (logits * weight).sum().backward();
        Tensor[] gradients = [.. samples.Select((kinds, index) => Grad(leaves[index])[Where(kinds, 't', 'v')])];
        return Collect(logits, cat(gradients, 0));
    }

    private Outcome Packed(
        AttentionMode mode,
        string[] samples,
        Tensor[] inputs,
        int[][] rows,
        Tensor weight,
        bool activationCheckpointing)
    {
        Tensor text = OfKind('t');
        Tensor images = OfKind('v');
        InterleavedLayout layout = Layout(samples);
        int start = 0;
        List<int> positions = [];
        for (int sample = 0; sample < samples.Length; sample++)
        {
            string kinds = samples[sample];
            positions.AddRange(rows[sample].Select(row => start + kinds[..row].Count(kind => kind != 'p')));
            start += kinds.Count(kind => kind != 'p');
        }

        using ActivationCheckpointing? checkpointing =
            activationCheckpointing ? new ActivationCheckpointing() : null;
        Tensor? imageRows = images.shape[0] == 0 ? null : images;
        var decoder = new LlamaDecoder(Parameters, Config, mode) { IsPadded = IsPadded };
        Tensor logits = Logits(decoder, text, imageRows, layout, positions, checkpointing);
        (logits * weight).sum().backward();
        checkpointing?.ThrowIfFailed();
        return Collect(logits, cat([Grad(text), Grad(images)], 0)[Indexes(layout.RowOfPosition)]);

        Tensor OfKind(char kind)
        {
            Tensor[] parts = [.. samples.Select((kinds, index) => inputs[index][Where(kinds, kind)])];
            return cat(parts, 0).to(_type).requires_grad_();
        }
    }

    private static Tensor Grad(Tensor x) => x.grad ?? zeros_like(x);

    private static Tensor Indexes(int[] rows) =>
        tensor(rows.Select(row => (long)row).ToArray(), [rows.Length]);

    private static Tensor Where(string kinds, params char[] wanted) =>
        Indexes([.. Enumerable.Range(0, kinds.Length).Where(place => wanted.Contains(kinds[place]))]);

    // Takes the gradients of the weights out, so that the next pass starts without any.
    private Outcome Collect(Tensor logits, Tensor inputGradients)
    {
        var tensors = new Dictionary<string, Tensor> { ["logits"] = logits.detach(), ["inputs"] = inputGradients };
        foreach (TrainedParameter trained in Parameters.Trained)
        {
            if (trained.Name == LlamaParameters.Embedding)
                continue;
            tensors.Add(trained.Name, Grad(trained.Value).clone());
            trained.Value.grad = null;
        }

        return new Outcome(tensors);
    }

    internal sealed record Outcome(IReadOnlyDictionary<string, Tensor> Tensors)
    {
        /// <summary>
        /// A gradient of the exact batch is zero by the formula if nothing but rounding in double
        /// is left of it.
        /// </summary>
        private const double ZeroInDouble = 1e-12;

        /// <summary>
        /// The largest difference of any tensor, as a share of that tensor's largest value (at
        /// least 1e-3).
        /// </summary>
        /// <remarks>
        /// A softmax over one key is 1 whatever its score, so the gradients of q and k are zero by
        /// the formula if no row has a second key. What is computed in their place is the rounding
        /// of terms that cancel, and how much of it remains depends on the processor's kernels. It
        /// cannot be measured against the gradient itself, which has no size: it is measured
        /// against the largest gradient of the batch, whose terms were rounded.
        /// </remarks>
        public (double Share, string Name) FurthestFrom(Outcome exact)
        {
            exact.Tensors.Keys.Should().BeEquivalentTo(Tensors.Keys);
            double largestGradient = exact.Tensors
                .Where(tensor => tensor.Key != "logits")
                .Max(tensor => Largest(tensor.Value));
            return Tensors
                .Select(tensor => (Share: Share(tensor.Value, exact.Tensors[tensor.Key]), Name: tensor.Key))
                .OrderByDescending(found => double.IsNaN(found.Share) ? double.PositiveInfinity : found.Share)
                .First();

            double Share(Tensor actual, Tensor expected)
            {
                actual.shape.Should().Equal(expected.shape);
                double largest = Largest(expected);
                double scale = largest < ZeroInDouble * largestGradient ? largestGradient : largest;
                Tensor difference = actual.to(ScalarType.Float64) - expected.to(ScalarType.Float64);
                return Largest(difference) / Math.Max(1e-3, scale);
            }
        }

        private static double Largest(Tensor x) =>
            x.numel() == 0 ? 0 : x.abs().max().to(ScalarType.Float64).item<double>();
    }
}
