using System.Diagnostics;
using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// The start of a model of LLaMA-2 7B's width and two layers (0.7 billion numbers):
/// <c>load FOLDER mapped</c> as a CPU loads it, <c>copied</c> as a GPU does, with the CPU as the
/// device, each from files of 16 bits (1.3 GB, kept for the next run); <c>random</c> without files.
/// Best of three, and the peak of the process's memory, mapped pages counted.
/// </summary>
internal static class LoadBenchmark
{
    private const long FileBytes = 700_000_000;

    private static readonly ClipVisionConfig Vision = new()
    {
        HiddenSize = 1024,
        IntermediateSize = 4096,
        Layers = 2,
        Heads = 16,
        ImageSize = 224,
        PatchSize = 14,
    };

    private static readonly LlamaConfig Language = new() { Layers = 2, RmsNormEpsilon = 1e-5, MaxPositions = 4096 };

    public static int Run(string[] args)
    {
        if (args is not [string folder, "mapped" or "copied" or "random"])
        {
            Console.Error.WriteLine("Usage: load FOLDER mapped|copied|random");
            return 2;
        }

        TorchNatives.EnsureLoadable();
        var description = new ModelDescription
        {
            Vision = Vision,
            Language = Language,
            LanguageFolder = args[1] == "random" ? null : folder,
            VocabularySize = Language.VocabularySize + 3,
            AddedTokens = 3,
            ImageToken = Language.VocabularySize + 1,
            ComputeType = ScalarType.BFloat16,
            CopiesFrozen = args[1] == "copied" ? true : null,
            Trainable = ModelPart.Projection,
        };
        if (description.LanguageFolder is not null)
            Write(folder);
        double numbers = LlamaParameters.All(Language, Language.VocabularySize).Sum(spec => (double)Count(spec.Shape));
        double seconds = double.MaxValue, processor = double.MaxValue;
        for (int run = 0; run < 3; run++)
        {
            var watch = Stopwatch.StartNew();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            using ChatModel model = ChatModel.Create(description);
            seconds = Math.Min(seconds, watch.Elapsed.TotalSeconds);
            processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }

        Console.WriteLine(
            $"{args[1]}: {seconds:F2} s, {2 * numbers / 1e9 / seconds:F2} GB of 16 bits a second, "
            + $"{processor:F2} s of processors; peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1_000_000:N0} MB");
        return 0;
    }

    private static void Write(string folder)
    {
        if (File.Exists(Path.Combine(folder, "config.json")))
            return;
        Directory.CreateDirectory(folder);
        using DisposeScope scope = NewDisposeScope();
        using Scalar deviation = 0.02;
        long most = (long)Language.VocabularySize * Language.HiddenSize;
        Tensor block = randn([most]).mul(deviation).to(ScalarType.Float16);
        (string, Tensor)[] tensors =
        [
            .. LlamaParameters.All(Language, Language.VocabularySize)
                .Select(spec => (spec.NameInFolder, block.narrow(0, 0, Count(spec.Shape)).view(spec.Shape))),
        ];
        ModelExport.WriteTensors(folder, tensors, ScalarType.Float16, FileBytes);
        File.WriteAllText(
            Path.Combine(folder, "config.json"), ModelConfig.LanguageJson(Language, Language.VocabularySize));
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);
}
