using System.Diagnostics;
using TorchSharp;
using VisualChat.Model.Parameters;
using VisualChat.Model.Training;

namespace VisualChat.Model.Tests.Training;

/// <summary>
/// Counts the process's tensors and its memory, so no other test may run beside it.
/// </summary>
[CollectionDefinition(nameof(FlatMemoryTests), DisableParallelization = true)]
[Collection(nameof(FlatMemoryTests))]
[Trait("Category", "Slow")]
public sealed class FlatMemoryTests
{
    private const long MegabytesOfNoise = 48;

    [Fact]
    public void Neither_live_tensors_nor_resident_memory_grow_over_a_thousand_updates()
    {
        using ChatModel model = ModelFixture.Model(torch.ScalarType.Float32, ModelPart.All);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        MicroBatch[] batches = [ModelFixture.Batch(1, "abicDE", "iabiiCDEFG"), ModelFixture.Batch(2, "abiC")];
        Learn(200);
        (long tensors, long bytes) = (LiveTensors(), ResidentBytes());
        Learn(1_000);
        LiveTensors().Should().BeLessThanOrEqualTo(tensors, "another test's last one may still go, none may come");
        ((ResidentBytes() - bytes) / 1_000_000)
            .Should().BeLessThan(MegabytesOfNoise, "a leak of one of its smallest tensors each update would be more");

        void Learn(int updates)
        {
            for (int update = 0; update < updates; update++)
                trainer.Update(batches);
        }
    }

    // What other tests left to the collector is gone before it is counted.
    private static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return torch.Tensor.TotalCount;
    }

    private static long ResidentBytes() => Process.GetCurrentProcess().WorkingSet64;
}
