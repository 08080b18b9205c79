using System.Text.Json;
using TorchSharp;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Pickles;
using VisualChat.Model.Projection;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Checkpoints;

/// <summary>
/// Writes a whole model, trained parts and frozen ones, as safetensors that other tools open.
/// Trained weights are rounded to the type the model computes in; frozen ones keep their own.
/// Quantised ones are written as the numbers that the model computes with, in its type: any tool
/// reads them, and the result is the same without quantising once more.
/// </summary>
/// <remarks>
/// Every byte is read once and written once. One tensor that is rounded or made is in memory at a
/// time.
/// </remarks>
public static class ModelExport
{
    /// <summary>The largest file, in bytes: what Hugging Face's tools write.</summary>
    public const long DefaultFileBytes = 5_000_000_000;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>
    /// Writes one folder that <see cref="ModelDescription.Checkpoint"/> reads without another one:
    /// <c>config.json</c> and <c>model*.safetensors</c>.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="fileBytes">The largest file; a larger tensor has a file of its own.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(ChatModel model, string folder, long fileBytes = DefaultFileBytes)
    {
        ArgumentNullException.ThrowIfNull(model);
        WriteTensors(folder, [.. Tensors(model, "", name => name)], fileBytes);
        WriteConfig(folder, ModelConfig.Json(model.Description, whole: true));
    }

    /// <summary>
    /// Writes the towers as two Hugging Face folders, the vision tower and a LlamaForCausalLM. The
    /// trained embeddings are the decoder's table. The projection is left out.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="visionFolder">An empty folder.</param>
    /// <param name="languageFolder">Another empty folder.</param>
    /// <exception cref="IOException">A folder cannot be written.</exception>
    public static void WriteTowers(ChatModel model, string visionFolder, string languageFolder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelDescription description = model.Description;
        using DisposeScope scope = NewDisposeScope();
        ExportedTensor[] vision =
        [
            .. Tensors(model, ClipParameters.Prefix, ClipParameters.NameInFolder),
            .. FinalNorm(description, ClipParameters.FinalNorm),
        ];
        WriteTensors(visionFolder, vision, DefaultFileBytes);
        WriteConfig(visionFolder, ModelConfig.VisionJson(description.Vision));

        ExportedTensor[] language =
        [
            .. Tensors(model, LlamaParameters.Embedding, LanguageName),
            .. Tensors(model, LlamaParameters.Prefix, LanguageName),
        ];
        WriteTensors(languageFolder, language, DefaultFileBytes);
        WriteConfig(languageFolder, ModelConfig.LanguageJson(description.Language, description.VocabularySize));

        static string LanguageName(string name) => LlamaParameters.NameInFolder(name, tiedHead: false);
    }

    /// <summary>
    /// Writes the whole model as DeepSpeed-VisualChat does, in one <c>pytorch_model.bin</c>
    /// (<see cref="ReleasedCheckpoint"/>). The decoder's own table is the trained one too: the
    /// released code looks up there what it generates.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">An empty folder.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void WriteReleased(ChatModel model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description = model.Description;
        ExportedTensor[] tensors =
        [
            .. Tensors(model, ClipParameters.Prefix, Itself),
            .. FinalNorm(description, ClipParameters.Prefix + ClipParameters.FinalNorm),
            .. Tensors(model, LlamaParameters.Embedding, _ => ReleasedTensors.StaleEmbedding),
            .. Tensors(model, LlamaParameters.Prefix, Itself),
            .. Tensors(model, LlamaParameters.Embedding, Itself),
            .. Tensors(model, VisualProjection.Prefix, Itself),
        ];
        using FileStream output = File.Create(Path.Combine(folder, ReleasedCheckpoint.FileName), 1 << 20);
        TorchArchiveWriter.Write(output, [.. tensors.Select(Written)]);

        static string Itself(string name) => name;

        static WrittenTensor Written(ExportedTensor tensor) => tensor.InArchive(
            tensor.Name == ReleasedTensors.StaleEmbedding ? LlamaParameters.Embedding : tensor.Name);
    }

    internal static void WriteTensors(
        string folder, IReadOnlyList<(string Name, Tensor Value)> tensors, ScalarType trainedType, long fileBytes) =>
        WriteTensors(
            folder,
            [.. tensors.Select(tensor => ExportedTensor.Of(tensor.Name, tensor.Value, trainedType))],
            fileBytes);

    private static void WriteTensors(string folder, IReadOnlyList<ExportedTensor> tensors, long fileBytes)
    {
        List<List<ExportedTensor>> files = Divide(tensors, fileBytes);
        long total = 0;
        var fileOf = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int index = 0; index < files.Count; index++)
        {
            string file = files.Count == 1
                ? "model.safetensors"
                : $"model-{index + 1:D5}-of-{files.Count:D5}.safetensors";
            SafetensorsTensor[] written = [.. files[index].Select(tensor => tensor.InSafetensors())];
            using (FileStream output = File.Create(Path.Combine(folder, file), 1 << 20))
                SafetensorsWriter.Write(output, written, SafetensorsWriter.PyTorchMetadata);
            total += written.Sum(tensor => tensor.ByteLength);
            foreach (SafetensorsTensor tensor in written)
                fileOf.Add(tensor.Name, file);
        }

        if (files.Count > 1)
        {
            var index = new { metadata = new { total_size = total }, weight_map = fileOf };
            string path = Path.Combine(folder, "model.safetensors.index.json");
            File.WriteAllText(path, JsonSerializer.Serialize(index, Indented) + "\n");
        }
    }

    private static void WriteConfig(string folder, string json) =>
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), json);

    private static IEnumerable<ExportedTensor> Tensors(
        ChatModel model, string prefix, Func<string, string> nameInFolder)
    {
        ScalarType type = model.Description.ComputeType;
        return model.Parameters.Names
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => model.Parameters.Lent.Of(name) is { } lent
                ? ExportedTensor.Of(nameInFolder(name), lent, type)
                : ExportedTensor.Of(nameInFolder(name), model.Parameters[name], type));
    }

    // Features are taken before the tower's final norm, so the model does not hold it. A
    // CLIPVisionModel has one.
    private static IEnumerable<ExportedTensor> FinalNorm(ModelDescription description, string prefix)
    {
        if (description.Vision is not ClipVisionConfig)
            yield break;
        TowerTensors? source = TowerFolderOf(description) is { } folder ? ClipParameters.Open(folder) : null;
        using var files = new MappedFiles();
        long width = description.Vision.HiddenSize;
        (string Name, Tensor Otherwise)[] norm = [("weight", ones(width)), ("bias", zeros(width))];
        foreach ((string name, Tensor otherwise) in norm)
        {
            TensorEntry? given = source?.Tensors.GetValueOrDefault(ClipParameters.FinalNorm + name);
            Tensor value = given is null ? otherwise : files.Load(given);
            yield return ExportedTensor.Of(prefix + name, value, description.ComputeType);
        }
    }

    private static string? TowerFolderOf(ModelDescription description) =>
        description.CheckpointKind == CheckpointKind.Released ? description.Checkpoint
        : description.StartKind == CheckpointKind.Released ? description.Start
        : description.VisionFolder;

    private static List<List<ExportedTensor>> Divide(IReadOnlyList<ExportedTensor> tensors, long fileBytes)
    {
        List<List<ExportedTensor>> files = [];
        long room = 0;
        foreach (ExportedTensor tensor in tensors)
        {
            if (files.Count == 0 || tensor.Bytes > room)
            {
                files.Add([]);
                room = fileBytes;
            }

            files[^1].Add(tensor);
            room -= tensor.Bytes;
        }

        return files;
    }
}
