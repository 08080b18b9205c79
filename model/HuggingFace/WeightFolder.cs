using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// The tensors of a Hugging Face folder: one file, or shards with an index. Safetensors come before
/// pickles.
/// </summary>
internal sealed class WeightFolder
{
    private const long MaxIndexBytes = 100_000_000;

    private static readonly (string File, bool IsIndex)[] Layouts =
    [
        ("model.safetensors", IsIndex: false),
        ("model.safetensors.index.json", IsIndex: true),
        ("pytorch_model.bin", IsIndex: false),
        ("pytorch_model.bin.index.json", IsIndex: true),
    ];

    // How files of weights in other forms, and unfinished downloads, end.
    private static readonly string[] OtherEndings =
    [
        ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".h5", ".msgpack", ".onnx", ".nemo", ".zip", ".gz",
        ".tar", ".incomplete", ".part", ".crdownload", ".aria2", ".download",
    ];

    private WeightFolder(string folder, IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        Folder = folder;
        Tensors = tensors;
    }

    /// <summary>The folder, or the file.</summary>
    public string Folder { get; }

    /// <summary>The folder's tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Lists a folder's tensors, or those of a file. Only headers are read.</summary>
    /// <exception cref="ModelException">
    /// The folder has no weights, a shard is missing, or a file is damaged.
    /// </exception>
    public static WeightFolder Open(string folder)
    {
        (string path, bool isIndex) = Find(folder);
        return new WeightFolder(folder, isIndex ? Shards(folder, path) : WeightFile.Read(path));
    }

    /// <summary>Whether a folder has weights, readable or not.</summary>
    public static bool IsIn(string folder) =>
        Layouts.Any(layout => UserFile.KindOf(Path.Combine(folder, layout.File)) != FileKind.Missing);

    /// <summary>The names of the files that <see cref="Open"/> reads.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static IReadOnlyList<string> FilesIn(string folder)
    {
        (string path, bool isIndex) = Find(folder);
        string name = Path.GetFileName(path);
        return isIndex
            ? [name, .. ShardNames(folder, path).Values.Distinct().Order(StringComparer.Ordinal)]
            : [name];
    }

    private static (string Path, bool IsIndex) Find(string folder)
    {
        if (UserFile.KindOf(folder) == FileKind.File)
            return (folder, IsIndex: false);
        foreach ((string file, bool isIndex) in Layouts)
        {
            // A link that leads nowhere is there, and is named when it is opened.
            string path = Path.Combine(folder, file);
            if (UserFile.KindOf(path) != FileKind.Missing || new FileInfo(path).LinkTarget is not null)
                return (path, isIndex);
        }

        string known = string.Join(", ", Layouts.Select(layout => layout.File));
        throw new ModelException($"'{folder}' has no weights: one of {known} is needed.{OtherFiles(folder)}");
    }

    private static string OtherFiles(string folder)
    {
        try
        {
            string[] others =
            [
                .. Directory.EnumerateFiles(folder)
                    .Select(path => Path.GetFileName(path)!)
                    .Where(name => OtherEndings.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase)))
                    .Order(StringComparer.Ordinal)
                    .Take(4),
            ];
            return others.Length == 0 ? "" : $" There are: {string.Join(", ", others)}.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static Dictionary<string, TensorEntry> Shards(string folder, string index)
    {
        Dictionary<string, string> shardOf = ShardNames(folder, index);
        var tensors = new Dictionary<string, TensorEntry>();
        foreach (IGrouping<string, string> shard in shardOf.GroupBy(item => item.Value, item => item.Key))
        {
            IReadOnlyDictionary<string, TensorEntry> entries = WeightFile.Read(Path.Combine(folder, shard.Key));
            foreach (string name in shard)
            {
                if (!entries.TryGetValue(name, out TensorEntry? entry))
                {
                    throw new ModelException(
                        $"'{folder}': '{shard.Key}' lacks '{name}', which the index says it has.");
                }

                tensors.Add(name, entry);
            }
        }

        return tensors;
    }

    private static Dictionary<string, string> ShardNames(string folder, string index)
    {
        JsonElement root = JsonFile.ReadObject(index, MaxIndexBytes, "Download it again.");
        if (!root.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelException($"'{index}' is not an index of shards: it has no 'weight_map'.");
        var shards = new Dictionary<string, string>();
        foreach (JsonProperty item in map.EnumerateObject())
        {
            string? shard = item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString() : null;
            if (string.IsNullOrEmpty(shard))
                throw new ModelException($"'{index}' is not an index of shards: '{item.Name}' has no file.");
            if (shard != Path.GetFileName(shard) || shard is "." or ".." || shard.AsSpan().ContainsAny('\\', '\0'))
                throw new ModelException($"'{index}' names a file outside its folder.");
            if (!shards.TryAdd(item.Name, shard))
                throw new ModelException($"'{index}' is not an index of shards: '{item.Name}' is in it twice.");
        }

        string[] missing =
        [
            .. shards.Values.Distinct()
                .Where(shard => UserFile.KindOf(Path.Combine(folder, shard)) == FileKind.Missing)
                .Order(StringComparer.Ordinal),
        ];
        return missing.Length == 0
            ? shards
            : throw new ModelException([.. missing.Select(shard =>
                $"'{folder}': '{shard}' is missing, which '{Path.GetFileName(index)}' names.")]);
    }
}
