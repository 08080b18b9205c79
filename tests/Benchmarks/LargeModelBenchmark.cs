using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Native;
using VisualChat.Model.Quantisation;
using VisualChat.Model.Training;
using VisualChat.Model.Vision;
using VisualChat.Tests;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// One training step of the paper's sizes on a CPU: <c>large FOLDER [IMAGES] [FORMAT]</c> writes a
/// random LLaMA-2 7B and CLIP ViT-L/14 in bf16 (14 GB, kept for the next run), loads them, and
/// learns from one sample of some images and 128 text tokens, projection and embeddings trained,
/// layers recomputed. With a format they are quantised at load; <c>random</c> in the folder's place
/// draws them there instead.
/// </summary>
internal static class LargeModelBenchmark
{
    private const int TextTokens = 128;

    public static int Run(string[] args)
    {
        if (args.Length < 1)
        {
            Console.Error.WriteLine("Usage: large FOLDER|random [IMAGES] [int8|nf4]");
            return 2;
        }

        int images = args.Length > 1 ? int.Parse(args[1]) : 2;
        TorchNatives.EnsureLoadable();
        FrozenFormat? format = args.Length > 2 ? Enum.Parse<FrozenFormat>(args[2], ignoreCase: true) : null;
        ModelDescription description = RandomTowers.Large(args[0]) with { Frozen = format };
        if (args[0] == "random")
            description = description with { VisionFolder = null, LanguageFolder = null };
        else
            RandomTowers.Write(description, CPU);

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
        int bytes = ClipNormalization.Channels * description.Vision.ImageSize * description.Vision.ImageSize;
        byte[] crop = [.. Enumerable.Range(0, bytes).Select(place => (byte)(128 + (127 * Math.Sin(place))))];
        watch.Restart();
        ReadOnlyMemory<byte>[] crops = [.. Enumerable.Repeat(crop, images)];
        UpdateResult result = trainer.Update([new MicroBatch([new ModelSample(ids, labels)], crops)]);
        Console.WriteLine(
            $"one step over {TextTokens + (images * description.Vision.VisualTokens)} positions, {images} images: "
            + $"{watch.Elapsed.TotalSeconds:F0} s, loss {result.Loss:F3}; "
            + $"peak {PeakMegabytes():N0} MB, the mapped weights counted");
        return 0;
    }

    private static long PeakMegabytes() => Process.GetCurrentProcess().PeakWorkingSet64 / 1_000_000;
}
