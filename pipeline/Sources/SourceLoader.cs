using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Formats;
using VisualChat.Pipeline.Sources.Images;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Finds a recipe's datasets under a data root, indexes their files (each once, side by side, or from the cache) and resolves their
/// images. Everything after this reads the <see cref="SourceCatalog"/>.
/// </summary>
public static class SourceLoader
{
    /// <summary>Loads every dataset that a recipe's entries need.</summary>
    /// <param name="data">The recipe's <c>data</c>.</param>
    /// <param name="dataRoot">What relative paths start from.</param>
    /// <param name="cache">Where indexes are kept.</param>
    /// <param name="progress">Told how far each file is; may be called from several threads.</param>
    /// <param name="cancellationToken">Stops indexing.</param>
    /// <exception cref="InputException">An entry is unknown or contradictory, or a file is missing; every problem is listed.</exception>
    /// <exception cref="WorkException">A file cannot be read as its format; says file, line and byte.</exception>
    public static async Task<SourceCatalog> LoadAsync(
        DataSettings data, string dataRoot, IndexCache cache, IProgress<IndexProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        dataRoot = Path.GetFullPath(dataRoot);
        DatasetDefinition[] definitions = DefinitionsOf(data);
        IReadOnlyList<MissingFile> missing = FindMissing(data, dataRoot);
        if (missing.Count > 0)
            throw new InputException([.. missing.Select(Describe)]);

        var indexer = new FileIndexer(cache, progress, cancellationToken);
        foreach (DatasetDefinition definition in definitions)
        {
            foreach (DatasetFile file in definition.Files)
            {
                indexer.AddAnnotations(definition.Name, FullPath(dataRoot, file.Annotations), definition.Format);
                indexer.AddImages(definition.Name, ImagesPath(dataRoot, file));
            }
        }

        await indexer.RunAsync();

        var table = new ImageTable();
        var containers = new Dictionary<string, ImageContainer>();
        var sources = new List<DatasetIndex>();
        foreach (DatasetDefinition definition in definitions)
        {
            var resolver = new DatasetResolver(definition.Name, definition.Format, definition.FileNameOf, data.MissingImages, table);
            foreach (DatasetFile file in definition.Files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string images = ImagesPath(dataRoot, file);
                if (!containers.TryGetValue(images, out ImageContainer? container))
                    containers.Add(images, container = indexer.ContainerOf(images, NameOf(dataRoot, images)));
                string annotations = FullPath(dataRoot, file.Annotations);
                resolver.Add(annotations, NameOf(dataRoot, annotations), indexer.AnnotationsOf(annotations, definition.Format), container);
            }

            sources.Add(resolver.Finish());
        }

        return new SourceCatalog(sources, table);
    }

    /// <summary>What a recipe's datasets lack under a data root. Reads no file.</summary>
    /// <param name="data">The recipe's <c>data</c>.</param>
    /// <param name="dataRoot">What relative paths start from.</param>
    /// <exception cref="InputException">An entry is unknown or contradictory.</exception>
    public static IReadOnlyList<MissingFile> FindMissing(DataSettings data, string dataRoot)
    {
        var missing = new List<MissingFile>();
        foreach (DatasetDefinition definition in DefinitionsOf(data))
        {
            foreach (DatasetFile file in definition.Files)
            {
                string annotations = FullPath(dataRoot, file.Annotations);
                if (!File.Exists(annotations))
                    missing.Add(new MissingFile(definition.Name, annotations, file.AnnotationsFrom));
                string images = ImagesPath(dataRoot, file);
                if (!Path.Exists(images) && !missing.Exists(other => other.Path == images && other.Dataset == definition.Name))
                    missing.Add(new MissingFile(definition.Name, images, file.ImagesFrom));
            }
        }

        return missing;
    }

    private static string Describe(MissingFile missing) => missing.DownloadFrom.Length > 0
        ? $"{missing.Dataset}: {missing.Path} is not there. Download it from {missing.DownloadFrom}, or name its place in the recipe."
        : $"{missing.Dataset}: {missing.Path} is not there. Correct the path in the recipe; relative paths start from the data root.";

    private static DatasetDefinition[] DefinitionsOf(DataSettings data)
    {
        var problems = new List<string>();
        var definitions = new List<DatasetDefinition>();
        foreach (EntrySettings entry in data.Sources)
        {
            foreach (string component in SourceRegistry.ComponentsOf(entry))
            {
                if (definitions.Exists(definition => definition.Name == component))
                    continue;
                EntrySettings? own = data.Sources.FirstOrDefault(other => other.Name == component);
                if (Define(component, own, problems) is DatasetDefinition definition)
                    definitions.Add(definition);
            }

            if (entry.IsLlavaOtterBlend && (entry.Annotations.Count > 0 || entry.Images is not null))
                problems.Add($"{entry.Name}: it has no files of its own. Name the files of {string.Join(", ", SourceRegistry.ComponentsOf(entry))} in entries of those names.");
        }

        return problems.Count == 0 ? [.. definitions] : throw new InputException(problems);
    }

    private static DatasetDefinition? Define(string name, EntrySettings? entry, List<string> problems)
    {
        DatasetDefinition? known = entry?.Format is null ? SourceRegistry.Find(name) : null;
        RecordFormat? format = known?.Format ?? (entry?.Format is { } named ? SourceRegistry.FormatOf(named) : null);
        if (format is null)
        {
            problems.Add(
                $"{name}: no dataset of this name. Known are {string.Join(", ", SourceRegistry.Names)}; " +
                "for your own data give a format.");
            return null;
        }

        IReadOnlyList<string> annotations = entry?.Annotations ?? [];
        if (annotations.Distinct().Count() < annotations.Count)
            problems.Add($"{name}: an annotation file is listed twice.");
        if (known is null && (annotations.Count == 0 || entry?.Images is null))
        {
            problems.Add($"{name}: data of your own needs 'annotations' and 'images'.");
            return null;
        }

        // Other annotations keep the images of the file they take the place of; further ones have those of the last.
        IEnumerable<DatasetFile> files = annotations.Count == 0 ? known!.Files
            : known is null ? annotations.Select(path => new DatasetFile(path, "", "", ""))
            : annotations.Select((path, number) => known.Files[Math.Min(number, known.Files.Count - 1)] with { Annotations = path });
        if (entry?.Images is string images)
            files = files.Select(file => file with { Images = images });
        return new DatasetDefinition(name, format, [.. files]) { FileNameOf = known?.FileNameOf ?? format.FileNameOf };
    }

    private static string FullPath(string dataRoot, string path) => Path.GetFullPath(path, Path.GetFullPath(dataRoot));

    // Newer releases hold the images of X.json as X.parquet, or as a folder X of Parquet parts.
    private static string ImagesPath(string dataRoot, DatasetFile file)
    {
        string path = FullPath(dataRoot, file.Images);
        if (Path.GetExtension(path) != ".json" || Path.Exists(path))
            return path;
        string parquet = Path.ChangeExtension(path, ".parquet");
        string folder = Path.ChangeExtension(path, null);
        return Path.Exists(parquet) ? parquet : Directory.Exists(folder) ? folder : path;
    }

    // A path outside the data root is shown whole.
    private static string NameOf(string dataRoot, string path)
    {
        string relative = Path.GetRelativePath(dataRoot, path);
        return (relative.StartsWith("..", StringComparison.Ordinal) ? path : relative).Replace(Path.DirectorySeparatorChar, '/');
    }
}
