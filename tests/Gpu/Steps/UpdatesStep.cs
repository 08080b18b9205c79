using System.Diagnostics;
using VisualChat.Gpu.Results;
using VisualChat.Model;
using VisualChat.Model.Memory;
using VisualChat.Model.Native;
using VisualChat.Model.Training;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// The time of an update of the random model over 1, 6 and 12 samples in one micro-batch,
/// projection and embeddings trained. Each update has other lengths. Memory is taken from the
/// fewest samples to the most, since libtorch keeps what it took.
/// </summary>
internal static class UpdatesStep
{
    private const string Step = "updates";
    private const int WarmUps = 2, Rounds = 5;

    // Where a 7B model at 8 k positions must reach half of the card's product rate.
    private const int GoalSamples = 6;
    private const double GoalShare = 0.5;

    private const double MemoryTolerance = 1.1;

    private static readonly int[] Samples = [1, 6, 12];

    public static void Run(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        using ChatModel model = Load(options);
        using Trainer trainer = NewTrainer(model, options.IsRecomputed);
        double? product = options.Results.Measurements()
            .LastOrDefault(row => row.Step == CeilingsStep.Step && row.What == CeilingsStep.Product)?.Value;
        foreach (int count in Samples)
        {
            MicroBatch[] batches =
            [
                .. Enumerable.Range(0, WarmUps + Rounds).Select(ordinal =>
                    RandomBatches.Of(model.Description, RandomBatches.Samples(model.Description, count, ordinal))),
            ];
            (long Start, TimeSpan Waited) counted = default;
            double seconds = Median.SecondsOf(WarmUps, Rounds, ordinal =>
            {
                if (ordinal == WarmUps)
                    counted = (Stopwatch.GetTimestamp(), model.Transfers.Waited);
                MicroBatch[]? next = ordinal + 1 < batches.Length ? [batches[ordinal + 1]] : null;
                _ = trainer.Update([batches[ordinal]], next);
            });
            double share = (model.Transfers.Waited - counted.Waited) / Stopwatch.GetElapsedTime(counted.Start);
            MicroBatch middle = batches[WarmUps + (Rounds / 2)];
            int positions = Positions(model.Description, middle);
            double rate = UsefulWork.Of(model.Description, middle.Samples) / seconds / 1e12;
            string what = $"{count} samples, {(options.IsRecomputed ? "recomputed" : "kept")}";
            Add($"{what}: an update", seconds, "s");
            Add($"{what}: positions", positions, "");
            Add($"{what}: positions a second", positions / seconds, "/s");
            Add($"{what}: useful products", rate, "TFLOP/s");
            if (product is not null)
            {
                bool isGoal = count == GoalSamples && !options.IsRecomputed && !options.IsSmall;
                Add($"{what}: share of the card's product rate", rate / product.Value, "", isGoal ? GoalShare : null);
            }

            Add($"{what}: share of the time that the host waits for the device", share, "");
            double memory = MemoryInUse.Gigabytes, foretold = Foretold(model.Description, batches[0], options);
            Add($"{what}: memory in use", memory, "GB");
            Add($"{what}: memory foretold", foretold, "GB");
            bool isForetold = MemoryInUse.IsOfCard && !options.IsSmall;
            Add(
                $"{what}: memory in use, of what was foretold",
                memory / foretold,
                "",
                atLeast: isForetold ? 1 / MemoryTolerance : null,
                atMost: isForetold ? MemoryTolerance : null);
        }

        void Add(string what, double value, string unit, double? atLeast = null, double? atMost = null) =>
            options.Results.Add(new()
            {
                Step = Step,
                What = what,
                Value = value,
                Unit = unit,
                AtLeast = atLeast,
                AtMost = atMost,
            });
    }

    /// <summary>
    /// Two updates, each recorded at once. It is run with cuDNN's attention first, which plans each
    /// new shape: what <c>TORCH_CUDNN_SDPA_DEPRIORITIZED</c> saves.
    /// </summary>
    public static void RunTwo(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        using var model = ChatModel.Create(LargeModel.Describe(options));
        using Trainer trainer = NewTrainer(model, isRecomputed: true);
        for (int ordinal = 0; ordinal < 2; ordinal++)
        {
            IReadOnlyList<ModelSample> samples =
                RandomBatches.Samples(model.Description, GoalSamples, ordinal);
            long start = Stopwatch.GetTimestamp();
            _ = trainer.Update([RandomBatches.Of(model.Description, samples)]);
            options.Results.Add(new Measurement
            {
                Step = "cudnn-first",
                What = $"update {ordinal + 1} of {GoalSamples} samples, recomputed",
                Value = Stopwatch.GetElapsedTime(start).TotalSeconds,
                Unit = "s",
            });
        }
    }

    private static ChatModel Load(RunOptions options)
    {
        ModelDescription description = LargeModel.Describe(options);
        long start = Stopwatch.GetTimestamp();
        var model = ChatModel.Create(description);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (options.IsRecomputed)
            return model;
        double gigabytes = new[] { description.VisionFolder!, description.LanguageFolder! }
            .SelectMany(Directory.GetFiles)
            .Sum(file => new FileInfo(file).Length) / 1e9;
        AddLoad("loaded in", seconds, "s");
        AddLoad("loaded at", gigabytes / seconds, "GB/s");
        AddLoad("memory in use when loaded", MemoryInUse.Gigabytes, "GB");
        return model;

        void AddLoad(string what, double value, string unit) =>
            options.Results.Add(new() { Step = "load", What = what, Value = value, Unit = unit });
    }

    private static Trainer NewTrainer(ChatModel model, bool isRecomputed) => new(model, new TrainerSettings
    {
        LearningRate = 1e-4,
        Schedule = ScheduleKind.Constant,
        Updates = WarmUps + Rounds,
        Clip = 1,
        ActivationCheckpointing = isRecomputed,
    });

    // What train would say of the update's one micro-batch, which is padded on a GPU.
    private static double Foretold(ModelDescription description, MicroBatch batch, RunOptions options)
    {
        int[] text = [.. batch.Samples.Select(sample => sample.InputIds.Length - RandomBatches.Images)];
        long images = (long)batch.Images.Count * description.Vision.VisualTokens;
        var shape = new BatchShape(text.Sum(), images, batch.Images.Count, batch.LabelTokens)
        {
            PaddedTextRows = MemoryInUse.IsOfCard ? (long)text.Max() * text.Length : null,
            PaddedImageRows = MemoryInUse.IsOfCard ? images : null,
        };
        MemoryNeed need = MemoryForecast.Of(description)
            .OfTraining(OptimizerKind.AdamW, shape, options.IsRecomputed);
        return need.Total / 1e9;
    }

    private static int Positions(ModelDescription description, MicroBatch batch) =>
        batch.Samples.Sum(sample => sample.InputIds.Length)
            + (batch.Images.Count * (description.Vision.VisualTokens - 1));
}
