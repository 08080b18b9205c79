using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Language;
using VisualChat.Model.Training;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Features;
using VisualChat.Tests;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// What kept features save on a CPU: <c>features [ROUNDS]</c> makes updates of 8 samples with two
/// images each from pixels, and from features that lie on the disk, in turn. Weights are random;
/// projection and embeddings are trained.
/// </summary>
internal static class FeatureBenchmark
{
    private const int Samples = 8, ImagesEach = 2, Vocabulary = 1003, ImageToken = 1001;

    private static readonly ClipVisionConfig QuickStarts = new()
    {
        HiddenSize = 192,
        IntermediateSize = 768,
        Layers = 5,
        Heads = 3,
        ImageSize = 96,
        PatchSize = 32,
    };

    public static void Run(string[] args)
    {
        int rounds = args.Length > 0 ? int.Parse(args[0]) : 3;
        Console.WriteLine(
            "tower              type     pixels s  features s  samples/s      encoded/s  MB an image  same loss");
        Measure("of the quick start", QuickStarts, ScalarType.Float32, decoder: 192, 10 * rounds);
        Measure("ViT-L/14", (ClipVisionConfig)RandomTowers.Paper.Vision, ScalarType.BFloat16, decoder: 512, rounds);
    }

    private static void Measure(string name, ClipVisionConfig tower, ScalarType type, int decoder, int rounds)
    {
        var description = new ModelDescription
        {
            Vision = tower,
            Language = new LlamaConfig
            {
                HiddenSize = decoder,
                IntermediateSize = 3 * decoder,
                Layers = 4,
                Heads = decoder / 64,
                VocabularySize = Vocabulary,
                MaxPositions = 4096,
            },
            VocabularySize = Vocabulary,
            ImageToken = ImageToken,
            ComputeType = type,
        };
        string root = Directory.CreateTempSubdirectory("features-").FullName;
        try
        {
            ReadOnlyMemory<byte>[] images = Images(tower);
            (FeatureFolder folder, ImageKey[] keys, double encoded) = Encode(description, images, root);
            using var pixels = new Side(description, from: images, kept: null);
            using var features = new Side(
                description with { TakesFeatures = true }, from: [], kept: [.. keys.Select(key => folder.Find(key)!)]);
            bool isSame = true;
            for (int round = 0; round <= rounds; round++)
                isSame &= pixels.Update(isTimed: round > 0) == features.Update(isTimed: round > 0);
            string rates = $"{Samples / pixels.Best:F1} -> {Samples / features.Best:F1}";
            Console.WriteLine($"{name,-18} {type,-8} {pixels.Best,8:F3}  {features.Best,10:F3}  {rates,-14} "
                + $"{encoded,8:F1}  {description.FeatureBytes / 1e6,11:F4}  {isSame}");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static ReadOnlyMemory<byte>[] Images(ClipVisionConfig tower)
    {
        var random = new Random(1);
        var images = new ReadOnlyMemory<byte>[Samples * ImagesEach];
        for (int image = 0; image < images.Length; image++)
        {
            byte[] crop = new byte[tower.ImageSize * tower.ImageSize * 3];
            random.NextBytes(crop);
            images[image] = crop;
        }

        return images;
    }

    private static (FeatureFolder Folder, ImageKey[] Keys, double PerSecond) Encode(
        ModelDescription description, ReadOnlyMemory<byte>[] images, string root)
    {
        ClipVisionConfig tower = (ClipVisionConfig)description.Vision;
        string dtype = description.ComputeType == ScalarType.BFloat16 ? "bf16" : "float32";
        var kind = new FeatureKind(
            tower.Title, "", tower.ImageSize, "crop", dtype, null, [tower.VisualTokens, tower.FeatureSize]);
        var folder = FeatureFolder.OpenOrMake(root, kind, description.FeatureBytes);
        ImageKey[] keys = [.. images.Select(image => ImageKey.Of(image.Span))];
        var writer = new FeatureFileWriter(kind, description.FeatureBytes);
        using var encoder = VisionEncoder.Create(description);
        encoder.Encode(images, writer.Add(keys));
        long from = Stopwatch.GetTimestamp();
        encoder.Encode(images, new byte[images.Length * description.FeatureBytes]);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        folder.Add(writer);
        return (folder, keys, images.Length / seconds);
    }

    /// <summary>A training, and its shortest update.</summary>
    private sealed class Side : IDisposable
    {
        private readonly ChatModel _model;
        private readonly Trainer _trainer;
        private readonly MicroBatch[] _batches;

        public Side(
            ModelDescription description, ReadOnlyMemory<byte>[] from, IReadOnlyList<IImageFeatures>? kept)
        {
            _model = ChatModel.Create(description);
            _trainer = new Trainer(_model, new TrainerSettings
            {
                LearningRate = 1e-3,
                Schedule = ScheduleKind.Constant,
                Updates = 1000,
            });
            const int Half = Samples / 2;
            _batches =
            [
                .. Enumerable.Range(0, 2).Select(part => new MicroBatch(
                    [.. Enumerable.Range(part * Half, Half).Select(Sample)],
                    [.. from.Skip(part * Half * ImagesEach).Take(Half * ImagesEach)])
                {
                    Features = kept is null
                        ? null
                        : [.. kept.Skip(part * Half * ImagesEach).Take(Half * ImagesEach)],
                }),
            ];
        }

        public double Best { get; private set; } = double.MaxValue;

        public double Update(bool isTimed)
        {
            long from = Stopwatch.GetTimestamp();
            double loss = _trainer.Update(_batches).Loss;
            if (isTimed)
                Best = Math.Min(Best, Stopwatch.GetElapsedTime(from).TotalSeconds);
            return loss;
        }

        public void Dispose()
        {
            _trainer.Dispose();
            _model.Dispose();
        }

        // Two images, and fifty tokens of which half are learned.
        private static ModelSample Sample(int number)
        {
            int[] ids = [ImageToken, ImageToken, .. Enumerable.Range(0, 50).Select(at => (at * 7) + number)];
            int[] labels = [.. ids.Select((id, at) => at > 26 ? id : ModelSample.IgnoredLabel)];
            return new ModelSample(ids, labels);
        }
    }
}
