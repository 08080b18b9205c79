using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Images;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Finds a recipe's datasets under a data root, indexes their files (each once, side by side, or
/// from the cache) and resolves their images. Everything later reads the
/// <see cref="SourceCatalog"/>.
/// </summary>
internal static class SourceLoader
{
    /// <summary>Loads every dataset that a recipe's entries need.</summary>
    /// <param name="data">The recipe's <c>data</c>.</param>
    /// <param name="dataRoot">What relative paths start from.</param>
    /// <param name="cache">Where indexes are kept.</param>
    /// <param name="progress">
    /// Told how far each file is; may be called from several threads.
    /// </param>
    /// <param name="linksMayLeadTo">
    /// Folders that links among the images, and absolute paths, may lead to besides those of the
    /// recipe.
    /// </param>
    /// <param name="cancellationToken">Stops indexing.</param>
    /// <exception cref="InputException">
    /// A file is missing, or a user's own data has no images; every problem is listed.
    /// </exception>
    /// <exception cref="WorkException">
    /// A file cannot be read as its format; the message names file, line and byte.
    /// </exception>
    public static async Task<SourceCatalog> LoadAsync(
        DataSettings data,
        string dataRoot,
        IndexCache cache,
        IProgress<IndexProgress>? progress = null,
        IReadOnlyList<string>? linksMayLeadTo = null,
        CancellationToken cancellationToken = default)
    {
        dataRoot = Path.GetFullPath(dataRoot);
        IReadOnlyList<MissingFile> missing = FindMissing(data, dataRoot);
        if (missing.Count > 0)
            throw new InputException([.. missing.Select(Describe)]);

        IReadOnlyList<DatasetDefinition> definitions = EntryDatasets.Of(data);
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
        cache.RemoveOldIfAdded();
        return Resolve(
            definitions, data.MissingImages, dataRoot, linksMayLeadTo ?? [], indexer, cancellationToken);
    }

    /// <summary>What a recipe's datasets lack under a data root. Reads no file.</summary>
    /// <param name="data">The recipe's <c>data</c>.</param>
    /// <param name="dataRoot">What relative paths start from.</param>
    /// <exception cref="InputException">A user's own data has no images.</exception>
    public static IReadOnlyList<MissingFile> FindMissing(DataSettings data, string dataRoot)
    {
        var missing = new List<MissingFile>();
        foreach (DatasetDefinition definition in EntryDatasets.Of(data))
        {
            foreach (DatasetFile file in definition.Files)
            {
                string annotations = FullPath(dataRoot, file.Annotations);
                if (!File.Exists(annotations))
                    missing.Add(new MissingFile(definition.Name, annotations, file.AnnotationsFrom));
                string images = ImagesPath(dataRoot, file);
                if (!Path.Exists(images) && !missing.Exists(IsAlready(definition.Name, images)))
                    missing.Add(new MissingFile(definition.Name, images, file.ImagesFrom));
            }
        }

        return missing;
    }

    private static Predicate<MissingFile> IsAlready(string dataset, string path) =>
        other => other.Path == path && other.Dataset == dataset;

    private static SourceCatalog Resolve(
        IReadOnlyList<DatasetDefinition> definitions,
        MissingImages missingImages,
        string dataRoot,
        IReadOnlyList<string> linksMayLeadTo,
        FileIndexer indexer,
        CancellationToken cancellationToken)
    {
        var table = new ImageTable();
        var containers = new Dictionary<string, ImageContainer>();
        var datasets = new List<DatasetIndex>();
        foreach (DatasetDefinition definition in definitions)
        {
            var resolver = new DatasetResolver(definition, missingImages, table);
            foreach (DatasetFile file in definition.Files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string images = ImagesPath(dataRoot, file);
                if (!containers.TryGetValue(images, out ImageContainer? container))
                {
                    container = indexer.ContainerOf(images, NameOf(dataRoot, images), dataRoot, linksMayLeadTo);
                    containers.Add(images, container);
                }

                string path = FullPath(dataRoot, file.Annotations);
                resolver.Add(path, NameOf(dataRoot, path), indexer.AnnotationsOf(path, definition.Format), container);
            }

            datasets.Add(resolver.Finish());
        }

        return new SourceCatalog(datasets, table);
    }

    private static string Describe(MissingFile missing)
    {
        string remedy = missing.DownloadFrom.Length > 0
            ? $"Download it from {missing.DownloadFrom}, or name its place in the recipe."
            : "Correct the path in the recipe; relative paths start from the data root.";
        return $"{missing.Dataset}: {missing.Path} is not there. {remedy}";
    }

    private static string FullPath(string dataRoot, string path) =>
        Path.GetFullPath(HomeFolder.Expand(path), Path.GetFullPath(dataRoot));

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
        string name = relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
        return name.Replace(Path.DirectorySeparatorChar, '/');
    }
}
