using VisualChat.Model.Memory;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Training;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Validation;

/// <summary>A model's needs of round numbers, for tests of how they are shown.</summary>
internal static class SampleNeeds
{
    private const long Gigabyte = 1_000_000_000;

    public static readonly ModelNeeds Round = new()
    {
        ComputeType = "bf16",
        Parts =
        [
            new PartNeed("vision tower", 300_000_000, 0, WeightSource.Files, 1_200_000_000, 600_000_000),
            new PartNeed("projection", 4_000_000, 4_000_000, WeightSource.Random, 16_000_000, 8_000_000),
            new PartNeed("decoder", 6_000_000_000, 0, WeightSource.Missing, 12 * Gigabyte, 12 * Gigabyte),
        ],
        Missing = ["'models/llama' has no weights."],
        Devices =
        [
            new DeviceNeeds(
                "cuda",
                new FreeMemory(20 * Gigabyte, 24 * Gigabyte),
                new PassSize
                {
                    Cut = new EvenCut(4096),
                    EvaluationCut = new EvenCut(4096),
                    IsCheckpointed = true,
                    Chosen = null,
                    Memory = "",
                    Positions = 4096,
                    Kept = new MemoryNeed(13 * Gigabyte, Gigabyte, 8 * Gigabyte, Gigabyte),
                    Recomputed = new MemoryNeed(13 * Gigabyte, Gigabyte, 2 * Gigabyte, Gigabyte),
                    TooLarge = null,
                },
                new TrainedNeed(250_000_000, 250_000_000, 500_000_000),
                new GenerationNeeds(
                    1, 4096, new MemoryNeed(12 * Gigabyte, Gigabyte, 2 * Gigabyte, 500_000_000) { Mapped = 7 }),
                new GenerationNeeds(4, 16384, new MemoryNeed(12 * Gigabyte, Gigabyte, 8 * Gigabyte, 500_000_000))),
        ],
        Checkpoints = new CheckpointNeeds(750_000_000, 250_000_000, 2, 2 * Gigabyte),
    };
}
