using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Pickles;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Weights;

/// <summary>The tensors of a Hugging Face folder: one file or shards with an index, safetensors before pickles.</summary>
internal sealed class WeightFolder
{
    private static readonly (string File, bool IsIndex, bool IsPickle)[] Layouts =
    [
        ("model.safetensors", false, false),
        ("model.safetensors.index.json", true, false),
        ("pytorch_model.bin", false, true),
        ("pytorch_model.bin.index.json", true, true),
    ];

    private WeightFolder(string path, IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        Path = path;
        Tensors = tensors;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Lists a folder's tensors. Only headers are read.</summary>
    /// <exception cref="ModelException">There are none, a shard is missing, or a file is damaged.</exception>
    public static WeightFolder Open(string folder)
    {
        foreach ((string name, bool isIndex, bool isPickle) in Layouts)
        {
            string path = System.IO.Path.Combine(folder, name);
            if (!File.Exists(path))
                continue;
            try
            {
                return new WeightFolder(folder, isIndex ? Shards(folder, path, isPickle) : Read(path, isPickle));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new ModelException($"'{path}' cannot be read: {exception.Message}", exception);
            }
        }

        throw new ModelException($"'{folder}' has no weights: one of {string.Join(", ", Layouts.Select(layout => layout.File))} is needed.");
    }

    /// <summary>
    /// One part of a model that was exported whole, under the names it would have in a folder of its own; this folder where it is one.
    /// </summary>
    /// <param name="prefix">What the part's names begin with in the whole: <c>vis_encoder.</c></param>
    /// <param name="alsoKnown">Names of the whole that are the part's under another name.</param>
    public WeightFolder Part(string prefix, params IReadOnlyList<(string Whole, string Part)> alsoKnown)
    {
        if (!Tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            return this;
        var part = Tensors.Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value);
        foreach ((string whole, string name) in alsoKnown)
        {
            if (Tensors.TryGetValue(whole, out TensorEntry? entry))
                part[name] = entry;
        }

        return new WeightFolder(Path, part);
    }

    private static IReadOnlyDictionary<string, TensorEntry> Read(string path, bool isPickle) => isPickle ? TorchArchive.Read(path) : SafetensorsReader.Read(path);

    private static Dictionary<string, TensorEntry> Shards(string folder, string index, bool isPickle)
    {
        Dictionary<string, string> shardOf = ShardNames(index);
        string[] missing = [.. shardOf.Values.Distinct().Where(shard => !File.Exists(System.IO.Path.Combine(folder, shard))).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
            throw new ModelException([.. missing.Select(shard => $"'{folder}': '{shard}' is missing, which '{System.IO.Path.GetFileName(index)}' names.")]);
        var tensors = new Dictionary<string, TensorEntry>();
        foreach (IGrouping<string, string> shard in shardOf.GroupBy(item => item.Value, item => item.Key))
        {
            IReadOnlyDictionary<string, TensorEntry> entries = Read(System.IO.Path.Combine(folder, shard.Key), isPickle);
            foreach (string name in shard)
                tensors.Add(name, entries.TryGetValue(name, out TensorEntry? entry) ? entry : throw new ModelException($"'{folder}': '{shard.Key}' lacks '{name}', which the index says it has."));
        }

        return tensors;
    }

    private static Dictionary<string, string> ShardNames(string index)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(index));
            var shards = document.RootElement.GetProperty("weight_map").EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetString()!);
            return shards.Values.All(shard => shard is not null && shard == System.IO.Path.GetFileName(shard))
                ? shards
                : throw new ModelException($"'{index}' names a file outside its folder.");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new ModelException($"'{index}' is no index of shards: {exception.Message}", exception);
        }
    }
}
