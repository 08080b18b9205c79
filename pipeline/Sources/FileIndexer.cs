using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources.Formats;
using VisualChat.Pipeline.Sources.Images;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Indexes the files that datasets need: each file once, whichever datasets name it, as many side
/// by side as there are cores.
/// </summary>
internal sealed class FileIndexer(
    IndexCache cache,
    IProgress<IndexProgress>? progress,
    CancellationToken cancellationToken)
{
    private const string Base64 = "base64";
    private const string Parquet = "parquet";

    private readonly Dictionary<(string Path, string Format), Func<object>> _work = [];
    private readonly Dictionary<string, string[]> _parts = [];
    private readonly ConcurrentDictionary<(string Path, string Format), object> _indexes = new();

    /// <summary>Adds an annotation file.</summary>
    public void AddAnnotations(string dataset, string path, RecordFormat format) =>
        Add(dataset, path, format.Name, report => AnnotationIndex.Build(path, format, report, cancellationToken));

    /// <summary>Adds a file or folder of images; a folder of image files needs no index.</summary>
    public void AddImages(string dataset, string path)
    {
        if (_parts.ContainsKey(path))
            return;
        bool isFolder = Directory.Exists(path);
        string[] parts = isFolder ? PartsOf(path) : IsParquet(path) ? [path] : [];
        _parts.Add(path, parts);
        if (!isFolder && parts.Length == 0)
            Add(dataset, path, Base64, report => Base64FileIndex.Build(path, report, cancellationToken));
        foreach (string part in parts)
            Add(dataset, part, Parquet, report => ParquetFileIndex.Build(part, report, cancellationToken));
    }

    /// <summary>
    /// Indexes the files that were added, the largest first: it decides how long everything takes.
    /// </summary>
    public async Task RunAsync()
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        var largestFirst = _work.OrderByDescending(item => FileIdentity.Of(item.Key.Path).Bytes);
        await Parallel.ForEachAsync(largestFirst, options, (item, _) =>
        {
            try
            {
                _indexes[item.Key] = item.Value();
            }
            catch (UserFileException exception)
            {
                throw FileProblem.Of(exception, item.Key.Path);
            }

            return ValueTask.CompletedTask;
        });
    }

    /// <summary>The index of an annotation file.</summary>
    public AnnotationIndex AnnotationsOf(string path, RecordFormat format) =>
        (AnnotationIndex)_indexes[(path, format.Name)];

    /// <summary>The images of a file or folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="name">Its path relative to the data root.</param>
    /// <param name="dataRoot">The data root.</param>
    /// <param name="linksMayLeadTo">Further folders that the user named.</param>
    public ImageContainer ContainerOf(
        string path, string name, string dataRoot, IReadOnlyList<string> linksMayLeadTo)
    {
        if (_indexes.TryGetValue((path, Base64), out object? index))
            return new Base64Images(path, name, (Base64FileIndex)index);
        string[] parts = _parts[path];
        var places = NamedPlaces.Of(path, dataRoot, linksMayLeadTo);
        if (parts.Length == 0)
            return new ImageFolder(path, name, dataRoot, places);
        if (parts is not [string only] || only != path)
            RefuseOutside(parts, places);
        ParquetFileIndex[] indexes = Array.ConvertAll(parts, part => (ParquetFileIndex)_indexes[(part, Parquet)]);

        // Paths in a Parquet file start from where it lies.
        bool isFolder = Directory.Exists(path);
        string folder = isFolder ? path : Path.GetDirectoryName(path)!;
        string folderName = isFolder ? name : name[..Math.Max(0, name.LastIndexOf('/'))];
        var files = new ImageFolder(
            folder, folderName, dataRoot, NamedPlaces.Of(folder, dataRoot, linksMayLeadTo));
        return new ParquetImages(path, name, parts, indexes, files);
    }

    private static void RefuseOutside(string[] parts, NamedPlaces places)
    {
        foreach (string part in parts)
        {
            if (RealPath.Of(part) is { } real && !places.Hold(real))
            {
                throw new InputException(
                    $"{part} leads by a link to {real}, which is in no folder that was named; "
                    + $"if it should, run with --allow-links-to {Path.GetDirectoryName(real)}");
            }
        }
    }

    private static string[] PartsOf(string folder)
    {
        string[] parts = Directory.GetFiles(folder, "*.parquet");
        Array.Sort(parts, StringComparer.Ordinal);
        return parts;
    }

    private static bool IsParquet(string path)
    {
        using SafeFileHandle handle = UserFile.Open(path);
        Span<byte> magic = stackalloc byte[4];
        return RandomAccess.Read(handle, magic, 0) == 4 && magic.SequenceEqual("PAR1"u8);
    }

    private void Add<T>(string dataset, string path, string format, Func<Action<long>, T> build)
        where T : IFileIndex<T> =>
        _ = _work.TryAdd((path, format), () =>
        {
            long total = FileIdentity.Of(path).Bytes;
            void Report(long done, bool fromCache) =>
                progress?.Report(new IndexProgress(dataset, path, done, total, fromCache));
            T Build()
            {
                GitLfsPointer.Refuse(path);
                return build(done => Report(done, fromCache: false));
            }

            T index = cache.GetOrBuild(path, format, Build, out bool fromCache);
            if (fromCache)
                Report(total, fromCache: true);
            return index;
        });
}
