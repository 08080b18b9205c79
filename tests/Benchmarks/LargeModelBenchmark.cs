using System.Diagnostics;
using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// One training step of the paper's sizes on a CPU: <c>large FOLDER [IMAGES]</c> writes a random
/// LLaMA-2 7B and CLIP ViT-L/14 in bf16 (14 GB, kept for the next run), loads them, and learns from
/// one sample of some images and 128 text tokens, projection and embeddings trained, layers
/// recomputed.
/// </summary>
internal static class LargeModelBenchmark
{
    private const long FileBytes = 5_000_000_000;
    private const int TextTokens = 128;

    private static readonly ClipVisionConfig Vision = new()
    {
        HiddenSize = 1024,
        IntermediateSize = 4096,
        Layers = 24,
        Heads = 16,
        ImageSize = 224,
        PatchSize = 14,
    };

    private static readonly LlamaConfig Language = new() { RmsNormEpsilon = 1e-5, MaxPositions = 4096 };

    public static int Run(string[] args)
    {
        if (args.Length < 1)
        {
            Console.Error.WriteLine("Usage: large FOLDER [IMAGES]");
            return 2;
        }

        int images = args.Length > 1 ? int.Parse(args[1]) : 2;
        TorchNatives.EnsureLoadable();
        var description = new ModelDescription
        {
            Vision = Vision,
            VisionFolder = Path.Combine(args[0], "vision"),
            Language = Language,
            LanguageFolder = Path.Combine(args[0], "language"),
            VocabularySize = Language.VocabularySize + 3,
            AddedTokens = 3,
            ImageToken = Language.VocabularySize + 1,
            ComputeType = ScalarType.BFloat16,
        };
        WriteModels(description);

        long before = PeakMegabytes();
        var watch = Stopwatch.StartNew();
        using ChatModel model = ChatModel.Create(description);
        using var trainer = new Trainer(model, new TrainerSettings
        {
            LearningRate = 1e-3,
            Schedule = ScheduleKind.Constant,
            Updates = 1,
            Clip = 1,
            ActivationCheckpointing = true,
        });
        Console.WriteLine(
            $"loaded in {watch.Elapsed.TotalSeconds:F1} s; peak {PeakMegabytes():N0} MB ({before:N0} MB before)");

        int[] ids = [1, .. Enumerable.Repeat(description.ImageToken, images), .. Enumerable.Range(3, TextTokens - 1)];
        int lastIgnored = images + (TextTokens / 2);
        int[] labels = [.. ids.Select((id, place) => place > lastIgnored ? id : ModelSample.IgnoredLabel)];
        int bytes = ClipNormalization.Channels * Vision.ImageSize * Vision.ImageSize;
        byte[] crop = [.. Enumerable.Range(0, bytes).Select(place => (byte)(128 + (127 * Math.Sin(place))))];
        watch.Restart();
        ReadOnlyMemory<byte>[] crops = [.. Enumerable.Repeat(crop, images)];
        UpdateResult result = trainer.Update([new MicroBatch([new ModelSample(ids, labels)], crops)]);
        Console.WriteLine(
            $"one step over {TextTokens + (images * Vision.VisualTokens)} positions, {images} images: "
            + $"{watch.Elapsed.TotalSeconds:F0} s, loss {result.Loss:F3}; "
            + $"peak {PeakMegabytes():N0} MB, the mapped weights counted");
        return 0;
    }

    // Every tensor is a piece of one block of random numbers. A step costs the same whatever the
    // weights are.
    private static void WriteModels(ModelDescription description)
    {
        using var generator = new Generator(1);
        using Scalar deviation = 0.02;
        using DisposeScope scope = NewDisposeScope();
        long values = (long)Language.VocabularySize * Language.HiddenSize;
        Tensor block = randn([values], generator: generator).mul(deviation).to(ScalarType.BFloat16);
        Write(description.VisionFolder!, ClipParameters.All(Vision), ModelConfig.VisionJson(Vision));
        Write(
            description.LanguageFolder!,
            LlamaParameters.All(Language, Language.VocabularySize),
            ModelConfig.LanguageJson(Language, Language.VocabularySize));

        void Write(string folder, IEnumerable<ParameterSpec> specs, string config)
        {
            if (File.Exists(Path.Combine(folder, "config.json")))
                return;
            Directory.CreateDirectory(folder);
            using DisposeScope scope = NewDisposeScope();
            (string, Tensor)[] tensors = [.. specs.Select(spec => (spec.NameInFolder, Piece(spec.Shape)))];
            ModelExport.WriteTensors(folder, tensors, ScalarType.BFloat16, FileBytes);
            File.WriteAllText(Path.Combine(folder, "config.json"), config);
        }

        Tensor Piece(long[] shape)
        {
            long length = shape.Aggregate(1L, (product, size) => product * size);
            return block.narrow(0, 0, length).view(shape);
        }
    }

    private static long PeakMegabytes() => Process.GetCurrentProcess().PeakWorkingSet64 / 1_000_000;
}
