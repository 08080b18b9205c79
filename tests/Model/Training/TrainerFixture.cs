using System.Security.Cryptography;
using TorchSharp;
using VisualChat.Model.Safetensors;
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
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = ModelFixture.Pixels(Math.Max(1, images), seed).to(ScalarType.Float32);
        return new MicroBatch([.. samples.Select(ModelFixture.Sample)], pixels.data<float>().ToArray().AsMemory(0, images * 3 * 8 * 8), images);
    }

    /// <summary>The trained weights by name, all of them finite.</summary>
    public static Dictionary<string, float[]> Weights(ChatModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, float[]> weights = model.Parameters.Trained.ToDictionary(
            item => item.Name, item => item.Value.detach().to(ScalarType.Float32).data<float>().ToArray());
        foreach (float[] values in weights.Values)
            values.ShouldBeFinite();
        return weights;
    }

    /// <summary>A folder with a trainer's two files.</summary>
    public static string Saved(Trainer trainer)
    {
        string folder = TestData.NewFolder();
        using FileStream weights = File.Create(Path.Combine(folder, Trainer.WeightsFile)), moments = File.Create(Path.Combine(folder, Trainer.OptimizerFile));
        trainer.WriteWeights(weights);
        trainer.WriteOptimizer(moments);
        return folder;
    }

    /// <summary>What a file of tensors holds.</summary>
    public static IEnumerable<string> Read(string folder, string file) =>
        SafetensorsReader.Read(Path.Combine(folder, file)).OrderBy(item => item.Value.Offset).Select(item => $"{item.Key} {(item.Value.Type == ScalarType.Float32 ? "F32" : "other")} [{string.Join(", ", item.Value.Shape)}]");

    /// <summary>Stands for what is written, to be compared.</summary>
    public static string Hash(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return Convert.ToHexString(SHA256.HashData(stream.ToArray()));
    }
}
