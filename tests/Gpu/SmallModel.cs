using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Gpu;

/// <summary>
/// A model of a few thousand numbers, whose losses and gradients are compared with other ways to
/// compute them.
/// </summary>
internal static class SmallModel
{
    private const int Words = 48;
    private const int ImageToken = Words;
    private const int ImageSize = 12;

    // A random start's attention is nearly even, whatever it attends to. Three times this growth,
    // and a rounding grows to a thousand times itself.
    private const double Growth = 1.5;

    public static ModelDescription Describe(int keyValueHeads) => new()
    {
        Vision = new ClipVisionConfig
        {
            HiddenSize = 24,
            IntermediateSize = 48,
            Layers = 2,
            Heads = 3,
            ImageSize = ImageSize,
            PatchSize = 6,
        },
        Language = new LlamaConfig
        {
            HiddenSize = 32,
            IntermediateSize = 40,
            Layers = 3,
            Heads = 4,
            KeyValueHeads = keyValueHeads,
            VocabularySize = Words + 1,
            MaxPositions = 256,
        },
        VocabularySize = Words + 1,
        ImageToken = ImageToken,
        Seed = 11,
    };

    /// <summary>Writes a model's weights, such that positions matter, into a new folder.</summary>
    public static void Write(ModelDescription description, string folder)
    {
        Directory.CreateDirectory(folder);
        using var model = ChatModel.Create(description);
        using DisposeScope scope = NewDisposeScope();
        using (no_grad())
        {
            using Scalar growth = Growth;
            foreach (Tensor weight in model.Parameters.Names.Select(name => model.Parameters[name]))
            {
                if (weight.dim() > 1)
                    _ = weight.mul_(growth);
            }
        }

        ModelExport.Write(model, folder);
    }

    /// <summary>The model that was written.</summary>
    public static ChatModel Open(
        ModelDescription description, string folder, AttentionMode mode, ScalarType type, string device) =>
        ChatModel.Create(description with
        {
            Checkpoint = folder,
            CheckpointKind = CheckpointKind.Whole,
            Attention = mode,
            ComputeType = type,
            Device = device,
        });

    /// <summary>
    /// A sample. Every second word is learned, and the words are as good as random.
    /// </summary>
    /// <param name="kinds">t for a word, v for an image, in reading order.</param>
    public static ModelSample Sample(string kinds)
    {
        int[] ids = [.. kinds.Select((kind, place) => kind == 'v' ? ImageToken : ((place * 29) + 5) % Words)];
        int[] labels =
        [
            .. ids.Select((id, place) => id == ImageToken || place % 2 == 0 ? ModelSample.IgnoredLabel : id),
        ];
        return new ModelSample(ids, labels);
    }

    /// <summary>The images of a sample.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ImagesOf(ModelSample sample) =>
        RandomBatches.Crops(sample.InputIds.Span.Count(ImageToken), ImageSize);

    /// <summary>
    /// The sum of losses of one sample, and each trained weight's gradient of it.
    /// </summary>
    public static (double Loss, IReadOnlyDictionary<string, Tensor> Gradients) Gradients(
        ChatModel model, ModelSample sample, bool isRecomputed)
    {
        using PreparedBatch batch = model.Prepare(new MicroBatch([sample], ImagesOf(sample)));
        using BatchLoss loss = model.Loss(batch, isRecomputed);
        loss.Backward();
        Dictionary<string, Tensor> gradients = [];
        foreach (TrainedParameter trained in model.Parameters.Trained)
        {
            if (trained.Value.grad is not { } gradient)
                continue;
            gradients[trained.Name] = gradient.cpu().DetachFromDisposeScope();
            trained.Value.grad = null;
        }

        return (model.Transfers.Read(loss.Sum)[0], gradients);
    }
}
