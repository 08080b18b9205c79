using TorchSharp;
using VisualChat.Model.Safetensors;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests;

/// <summary>The golden files, and files made for one test.</summary>
internal static class TestData
{
    /// <summary>A file or folder under <c>Data</c>.</summary>
    public static string At(params ReadOnlySpan<string> parts) =>
        Path.Combine([AppContext.BaseDirectory, "Data", .. parts]);

    private static readonly string Root = MakeRoot();

    /// <summary>An empty folder of its own, gone when the tests end.</summary>
    public static string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(Root, Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>Writes float32 tensors.</summary>
    public static void Write(string path, params (string Name, long[] Shape, float[] Values)[] tensors)
    {
        using FileStream file = File.Create(path);
        SafetensorsWriter.Write(
            file, [.. tensors.Select(tensor => SafetensorsTensor.Of(tensor.Name, tensor.Shape, tensor.Values))]);
    }

    /// <summary>Writes any tensors, as float32.</summary>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using DisposeScope scope = NewDisposeScope();
        Write(path, [.. tensors.Select(tensor => (tensor.Name, tensor.Value.shape, Values(tensor.Value)))]);

        static float[] Values(Tensor x) => x.to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    /// <summary>Writes any tensors, each in its own type.</summary>
    public static void WriteAsTheyAre(string path, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using FileStream file = File.Create(path);
        SafetensorsWriter.Write(file, [.. tensors.Select(tensor => SafetensorsTensor.Of(tensor.Name, tensor.Value))]);
    }

    private static string MakeRoot()
    {
        string root = Directory.CreateTempSubdirectory("visualchat-model-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        return root;
    }
}
