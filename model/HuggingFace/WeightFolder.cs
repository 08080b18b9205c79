using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.Pickles;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// The tensors of a Hugging Face folder: one file, or shards with an index. Safetensors come before
/// pickles.
/// </summary>
internal sealed class WeightFolder
{
    /// <summary>An index has a line for each tensor.</summary>
    private const long MaxIndexBytes = 256 << 20;

    private static readonly Layout[] Layouts =
    [
        new("model.safetensors", IsIndex: false, SafetensorsReader.Read),
        new("model.safetensors.index.json", IsIndex: true, SafetensorsReader.Read),
        new("pytorch_model.bin", IsIndex: false, TorchArchive.Read),
        new("pytorch_model.bin.index.json", IsIndex: true, TorchArchive.Read),
    ];

    private WeightFolder(string folder, IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        Folder = folder;
        Tensors = tensors;
    }

    public string Folder { get; }

    /// <summary>The folder's tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Lists a folder's tensors. Only headers are read.</summary>
    /// <exception cref="ModelException">
    /// The folder has no weights, a shard is missing, or a file is damaged.
    /// </exception>
    public static WeightFolder Open(string folder)
    {
        foreach (Layout layout in Layouts)
        {
            string path = Path.Combine(folder, layout.File);
            if (!File.Exists(path))
                continue;
            try
            {
                return new WeightFolder(folder, layout.IsIndex ? Shards(folder, path, layout) : layout.Read(path));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new ModelException($"'{path}' cannot be read: {exception.Message}", exception);
            }
        }

        string known = string.Join(", ", Layouts.Select(layout => layout.File));
        throw new ModelException($"'{folder}' has no weights: one of {known} is needed.");
    }

    /// <summary>
    /// One part of a model that was exported whole, under the names it would have in a folder of
    /// its own. If this folder holds the part alone, this folder.
    /// </summary>
    /// <param name="prefix">How the part's names begin in the whole: <c>vis_encoder.</c></param>
    /// <param name="renamed">Tensors of the part whose names in the whole do not begin so.</param>
    public WeightFolder Part(string prefix, IReadOnlyList<(string Whole, string Part)> renamed)
    {
        if (!Tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            return this;
        var part = Tensors
            .Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value);
        foreach ((string whole, string name) in renamed)
        {
            if (Tensors.TryGetValue(whole, out TensorEntry? entry))
                part[name] = entry;
        }

        return new WeightFolder(Folder, part);
    }

    private static Dictionary<string, TensorEntry> Shards(string folder, string index, Layout layout)
    {
        Dictionary<string, string> shardOf = ShardNames(index);
        string[] missing =
        [
            .. shardOf.Values.Distinct()
                .Where(shard => !File.Exists(Path.Combine(folder, shard)))
                .Order(StringComparer.Ordinal),
        ];
        if (missing.Length > 0)
        {
            throw new ModelException([.. missing.Select(shard =>
                $"'{folder}': '{shard}' is missing, which '{Path.GetFileName(index)}' names.")]);
        }

        var tensors = new Dictionary<string, TensorEntry>();
        foreach (IGrouping<string, string> shard in shardOf.GroupBy(item => item.Value, item => item.Key))
        {
            IReadOnlyDictionary<string, TensorEntry> entries = layout.Read(Path.Combine(folder, shard.Key));
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

    private static Dictionary<string, string> ShardNames(string index)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(UserFile.ReadAllBytes(index, MaxIndexBytes));
            var shards = document.RootElement.GetProperty("weight_map").EnumerateObject()
                .ToDictionary(item => item.Name, item => item.Value.GetString()!);
            return shards.Values.All(shard => shard is not null && shard == Path.GetFileName(shard))
                ? shards
                : throw new ModelException($"'{index}' names a file outside its folder.");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or ArgumentException)
        {
            throw new ModelException($"'{index}' is not an index of shards: {exception.Message}", exception);
        }
    }

    private sealed record Layout(
        string File, bool IsIndex, Func<string, IReadOnlyDictionary<string, TensorEntry>> Read);
}
