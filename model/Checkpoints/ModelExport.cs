using System.Text.Json;
using TorchSharp;
using VisualChat.Model.Language;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Checkpoints;

/// <summary>
/// Writes a model whole, trained parts and frozen ones, as safetensors that other tools open. What was trained is rounded to the type the model computes
/// in; what was frozen keeps its own.
/// </summary>
/// <remarks>Every byte is read once and written once; a file's worth of rounded tensors is in memory at a time.</remarks>
public static class ModelExport
{
    /// <summary>The largest file: what Hugging Face's tools write.</summary>
    public const long DefaultFileBytes = 5_000_000_000;

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes one folder that <see cref="ModelDescription.Checkpoint"/> reads with no other beside it: <c>config.json</c> and <c>model*.safetensors</c>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="fileBytes">The largest file; a larger tensor has one of its own.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(ChatModel model, string folder, long fileBytes = DefaultFileBytes)
    {
        ArgumentNullException.ThrowIfNull(model);
        WriteTensors(folder, [.. model.Parameters.Names.Select(name => (name, model.Parameters[name]))], model.Description.ComputeType, fileBytes);
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), ModelConfig.Json(model.Description, whole: true));
    }

    /// <summary>Writes the towers as two Hugging Face folders, a CLIPVisionModel and a LlamaForCausalLM, the trained embeddings in the decoder's table. The projection is left out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="visionFolder">An empty folder.</param>
    /// <param name="languageFolder">Another.</param>
    /// <exception cref="IOException">A folder cannot be written.</exception>
    public static void WriteTowers(ChatModel model, string visionFolder, string languageFolder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelDescription description = model.Description;
        using DisposeScope scope = NewDisposeScope();
        (string, Tensor)[] vision =
        [
            .. Named(model, ClipParameters.Prefix).Select(name => (ClipParameters.NameInFolder(name), model.Parameters[name])),
            .. FinalNorm(description),
        ];
        WriteTensors(visionFolder, vision, description.ComputeType, DefaultFileBytes);
        File.WriteAllText(Path.Combine(visionFolder, ModelConfig.FileName), ModelConfig.VisionJson(description.Vision));

        (string, Tensor)[] language =
        [
            .. Named(model, LlamaParameters.Embedding).Concat(Named(model, LlamaParameters.Prefix))
                .Select(name => (LlamaParameters.NameInFolder(name, tiedHead: false), model.Parameters[name])),
        ];
        WriteTensors(languageFolder, language, description.ComputeType, DefaultFileBytes);
        File.WriteAllText(Path.Combine(languageFolder, ModelConfig.FileName), ModelConfig.LanguageJson(description.Language, description.VocabularySize));
    }

    private static IEnumerable<string> Named(ChatModel model, string prefix) => model.Parameters.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    // The features come before the tower's final norm, so the model does not hold it; a CLIPVisionModel has one.
    private static IEnumerable<(string Name, Tensor Value)> FinalNorm(ModelDescription description)
    {
        WeightFolder? source = description.VisionFolder is { } folder ? WeightFolder.Open(folder) : null;
        using var files = new MappedFiles();
        (string Name, Tensor Otherwise)[] norm = [(ClipParameters.FinalNorm + "weight", ones(description.Vision.HiddenSize)), (ClipParameters.FinalNorm + "bias", zeros(description.Vision.HiddenSize))];
        foreach ((string name, Tensor otherwise) in norm)
            yield return (name, source is not null && source.Tensors.TryGetValue(name, out TensorEntry? entry) ? files.Load(entry) : otherwise);
    }

    internal static void WriteTensors(string folder, IReadOnlyList<(string Name, Tensor Value)> tensors, ScalarType trainedType, long fileBytes)
    {
        List<List<(string Name, Tensor Value)>> files = [];
        long room = 0;
        foreach ((string name, Tensor value) in tensors)
        {
            long bytes = value.numel() * TensorEntry.ElementBytes(TypeOf(value, trainedType));
            if (files.Count == 0 || bytes > room)
            {
                files.Add([]);
                room = fileBytes;
            }

            files[^1].Add((name, value));
            room -= bytes;
        }

        long total = 0;
        var fileOf = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int index = 0; index < files.Count; index++)
        {
            string file = files.Count == 1 ? "model.safetensors" : $"model-{index + 1:D5}-of-{files.Count:D5}.safetensors";
            using DisposeScope scope = NewDisposeScope();
            SafetensorsTensor[] written = [.. files[index].Select(tensor => SafetensorsTensor.Of(tensor.Name, tensor.Value.detach().to(TypeOf(tensor.Value, trainedType))))];
            using (FileStream output = File.Create(Path.Combine(folder, file), 1 << 20))
                SafetensorsWriter.Write(output, written, Metadata);
            total += written.Sum(tensor => tensor.ByteLength);
            foreach (SafetensorsTensor tensor in written)
                fileOf.Add(tensor.Name, file);
        }

        if (files.Count > 1)
            File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new { metadata = new { total_size = total }, weight_map = fileOf }, Indented) + "\n");
    }

    private static ScalarType TypeOf(Tensor value, ScalarType trainedType) => value.requires_grad ? trainedType : value.dtype;
}
