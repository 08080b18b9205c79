using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Kernels;

/// <summary>
/// What a pass executes on the way that GPUs take (padded attention, joined weights), recorded on
/// the CPU in float32: there the same operators run as in 16 bits on a GPU. The numbers of samples
/// and images matter, the sizes do not: they are small.
/// </summary>
/// <param name="Layer">One decoder layer between the first and the last.</param>
/// <param name="Rest">All but the decoder's layers between the first and the last.</param>
internal sealed record KernelCount(KernelCount.Passes Layer, KernelCount.Passes Rest)
{
    private const int ImageToken = 21, Vocabulary = 23;

    /// <summary>A micro-batch's forward and backward pass.</summary>
    /// <param name="mode">The attention.</param>
    /// <param name="samples">Samples, each a little longer than the last.</param>
    /// <param name="images">Images of each sample.</param>
    public static KernelCount OfMicroBatch(AttentionMode mode, int samples, int images)
    {
        MicroBatch batch = Batch(samples, images);
        return Difference(mode, model =>
        {
            BatchLoss? loss = null;
            using PreparedBatch prepared = model.Prepare(batch);
            var forward = RecordedOperators.Of(() => loss = model.Loss(prepared));
            var backward = RecordedOperators.Of(() => loss!.Backward());
            loss!.Dispose();
            return new Passes(forward.Kernels, forward.Others, FusedNorms(forward, backward), backward.Others);
        });
    }

    /// <summary>One token of text that continues a conversation with images.</summary>
    public static KernelCount OfToken(AttentionMode mode, int images) => Difference(mode, model =>
    {
        MicroBatch batch = Batch(1, images);
        using var session = new ModelSession(model);
        session.Append(batch.Samples[0].InputIds.Span, batch.Images);
        var step = RecordedOperators.Of(() => session.Append([3]));
        return new Passes(step.Kernels, step.Others, [], []);
    });

    // A CPU puts a norm's gradient together from operators; a GPU has a kernel for it. What a norm
    // alone takes is recorded, and one kernel stands for it as often as there are norms.
    private static List<string> FusedNorms(RecordedOperators forward, RecordedOperators backward)
    {
        const string Norm = "_fused_rms_norm";
        using DisposeScope scope = NewDisposeScope();
        Tensor y = new RmsNorm(ones(8), 1e-6).Apply(ones(4, 8).requires_grad_());
        Tensor gradient = ones_like(y);
        IReadOnlyList<string> ofOne = RecordedOperators.Of(() => y.backward([gradient])).Kernels;
        List<string> kernels = [.. backward.Kernels];
        foreach (string _ in forward.Kernels.Where(name => name == Norm))
        {
            if (!ofOne.All(kernels.Remove))
                throw new InvalidOperationException("A norm's gradient is not among the pass's operators.");
            kernels.Add(Norm + "_backward");
        }

        return kernels;
    }

    private static KernelCount Difference(AttentionMode mode, Func<ChatModel, Passes> record)
    {
        using DisposeScope scope = NewDisposeScope();
        (Passes two, Passes three) = (Of(2), Of(3));
        return new KernelCount(three.Without(two), two);

        Passes Of(int layers)
        {
            using ChatModel model = ChatModel.Create(Description(mode, layers));
            _ = record(model); // What is made once is not counted.
            return record(model);
        }
    }

    private static ModelDescription Description(AttentionMode mode, int layers) => new()
    {
        Vision = new ClipVisionConfig
        {
            HiddenSize = 16,
            IntermediateSize = 32,
            Layers = 2,
            Heads = 2,
            ImageSize = 8,
            PatchSize = 4,
        },
        Language = new LlamaConfig
        {
            HiddenSize = 32,
            IntermediateSize = 48,
            Layers = layers,
            Heads = 4,
            VocabularySize = Vocabulary - 3,
        },
        VocabularySize = Vocabulary,
        AddedTokens = 3,
        ImageToken = ImageToken,
        Attention = mode,
        CrossAttention = new CrossAttentionConfig { Every = 1 },
        ComputeType = ScalarType.Float32,
        PadsAttention = true,
        CopiesFrozen = true,
    };

    // Text, then an image and a little text as often as there are images, then what is learned.
    private static MicroBatch Batch(int samples, int images)
    {
        byte[] crop = new byte[8 * 8 * 3];
        return new MicroBatch(
            [.. Enumerable.Range(0, samples).Select(Sample)],
            [.. Enumerable.Repeat((ReadOnlyMemory<byte>)crop, samples * images)]);

        ModelSample Sample(int index)
        {
            int[] ids =
            [
                .. Enumerable.Range(1, 3 + index),
                .. Enumerable.Range(0, images).SelectMany(image => new[] { ImageToken, 4 + image }),
                .. Enumerable.Range(5, 4),
            ];
            int[] labels = [.. ids.Select((id, place) => place >= ids.Length - 3 ? id : ModelSample.IgnoredLabel)];
            return new ModelSample(ids, labels);
        }
    }

    /// <summary>Kernels of a forward and a backward pass, and what is none.</summary>
    public sealed record Passes(
        IReadOnlyList<string> Forward,
        IReadOnlyList<string> ForwardViews,
        IReadOnlyList<string> Backward,
        IReadOnlyList<string> BackwardViews)
    {
        /// <summary>What this has more of.</summary>
        public Passes Without(Passes other) => new(
            More(Forward, other.Forward),
            More(ForwardViews, other.ForwardViews),
            More(Backward, other.Backward),
            More(BackwardViews, other.BackwardViews));

        private static List<string> More(IReadOnlyList<string> all, IReadOnlyList<string> fewer)
        {
            List<string> more = [.. all];
            foreach (string name in fewer)
                _ = more.Remove(name);
            return more;
        }
    }
}
