using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

/// <summary>Micro-batches and settings for the tiny model.</summary>
internal static class TrainerFixture
{
    public static TrainerSettings Settings { get; } = new() { LearningRate = 0.01, Schedule = ScheduleKind.Constant, Updates = 100 };

    /// <summary>A micro-batch; each i of the samples is an image, whose pixels depend on the seed.</summary>
    public static MicroBatch Batch(long seed, params string[] samples)
    {
        int images = samples.Sum(sample => sample.Count(letter => letter == 'i'));
        using Tensor pixels = ModelFixture.Pixels(Math.Max(1, images), seed).to(ScalarType.Float32);
        return new MicroBatch([.. samples.Select(ModelFixture.Sample)], pixels.data<float>().ToArray().AsMemory(0, images * 3 * 8 * 8), images);
    }

    public static Dictionary<string, float[]> Weights(ChatModel model) =>
        model.Parameters.Trained.ToDictionary(item => item.Name, item => item.Value.detach().to(ScalarType.Float32).data<float>().ToArray());
}
