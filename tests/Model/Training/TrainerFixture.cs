using System.Security.Cryptography;
using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

/// <summary>Settings for the tiny model, and what a trainer wrote.</summary>
internal static class TrainerFixture
{
    public static TrainerSettings Settings { get; } = new()
    {
        LearningRate = 0.01,
        Schedule = ScheduleKind.Constant,
        Updates = 100,
    };

    /// <summary>Every parameter of the tiny model.</summary>
    public static IReadOnlyList<ParameterSpec> Specs { get; } =
        [.. ModelFixture.Description().ParameterRequest().Sources.SelectMany(source => source.Specs)];

    public static ParameterSpec Spec(string name) => Specs.Single(spec => spec.Name == name);

    /// <summary>
    /// Values under the name of a parameter of the tiny model, whatever their shape.
    /// </summary>
    public static TrainedParameter Trained(string name, Parameter value) => new(Spec(name), value);

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
        using FileStream weights = File.Create(Path.Combine(folder, Trainer.WeightsFile));
        using FileStream moments = File.Create(Path.Combine(folder, Trainer.OptimizerFile));
        trainer.WriteWeights(weights);
        trainer.WriteOptimizer(moments);
        return folder;
    }

    /// <summary>The tensors of a file, each as name, type and shape.</summary>
    public static IEnumerable<string> Read(string folder, string file)
    {
        return WeightFile.Read(Path.Combine(folder, file))
            .OrderBy(item => item.Value.Offset)
            .Select(item => $"{item.Key} {Type(item.Value)} [{string.Join(", ", item.Value.Shape)}]");

        static string Type(TensorEntry entry) => entry.Type == ScalarType.Float32 ? "F32" : "other";
    }

    /// <summary>A hash of what is written, for comparisons.</summary>
    public static string Hash(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return Convert.ToHexString(SHA256.HashData(stream.ToArray()));
    }
}
