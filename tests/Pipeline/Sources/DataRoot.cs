using System.Text;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>A data root in a temporary folder.</summary>
internal sealed class DataRoot : IDisposable
{
    public DataRoot() => Path = Directory.CreateTempSubdirectory("visualchat-sources-").FullName;

    public string Path { get; }

    public IndexCache Cache => new(new CacheFolder(System.IO.Path.Join(Path, ".cache")));

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = System.IO.Path.Join(Path, name);
        _ = Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Image files of three bytes in the folder <c>photos</c>.</summary>
    public DataRoot WithPhotos(params string[] names)
    {
        _ = Directory.CreateDirectory(System.IO.Path.Join(Path, "photos"));
        foreach (string name in names)
            _ = Write($"photos/{name}", [1, 2, 3]);
        return this;
    }

    public static EntrySettings Entry(string format, string annotations = "data.json", string images = "photos") =>
        new()
        {
            Name = "mine",
            Format = Enum.Parse<SourceFormat>(format.Replace("-", ""), ignoreCase: true),
            Annotations = [annotations],
            Images = images,
        };

    public SourceCatalog Load(
        EntrySettings entry,
        MissingImages missing = MissingImages.Reject,
        IProgress<IndexProgress>? progress = null) =>
        Load([entry], missing, progress);

    public SourceCatalog Load(
        IReadOnlyList<EntrySettings> entries,
        MissingImages missing = MissingImages.Reject,
        IProgress<IndexProgress>? progress = null) =>
        SourceLoader.LoadAsync(new DataSettings { Sources = entries, MissingImages = missing }, Path, Cache, progress)
            .GetAwaiter().GetResult();

    /// <summary>Loads an entry whose links may lead to a further folder.</summary>
    public SourceCatalog LoadWithLinksTo(string folder, EntrySettings entry) =>
        SourceLoader.LoadAsync(new DataSettings { Sources = [entry] }, Path, Cache, linksMayLeadTo: [folder])
            .GetAwaiter().GetResult();

    /// <summary>Writes one file of records and loads it as the user's own data.</summary>
    public SourceCatalog LoadText(string format, string text, MissingImages missing = MissingImages.Reject)
    {
        _ = Write("data.json", text);
        return Load(Entry(format), missing);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
