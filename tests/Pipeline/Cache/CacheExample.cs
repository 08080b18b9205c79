using VisualChat.Pipeline.Cache;

namespace VisualChat.Pipeline.Tests.Cache;

/// <summary>A cache in a temporary folder, with what a test puts into it.</summary>
internal sealed class CacheExample : IDisposable
{
    private const string Hash = "0123456789abcdef0123456789abcdef";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("visualchat-cache-");

    public CacheExample() => Folder = new CacheFolder(At("cache"), At("natives"));

    public CacheFolder Folder { get; }

    public IEnumerable<string> Names => Folder.List().Select(entry => entry.Name);

    /// <summary>A path in the temporary folder, which the cache's folder is in too.</summary>
    public string At(string name) => Path.Join(_root.FullName, name);

    /// <summary>Writes a file of so many bytes, last used so long ago.</summary>
    public string Write(string name, int bytes = 10, double daysUnused = 0)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), new byte[bytes]);
        File.SetLastWriteTimeUtc(At(name), DateTime.UtcNow.AddDays(-daysUnused));
        return At(name);
    }

    /// <summary>An index that differs from others by one hexadecimal digit.</summary>
    public string WriteIndex(char digit, int bytes = 10, double daysUnused = 0) =>
        Write($"cache/{NameOfIndex(digit)}", bytes, daysUnused);

    public static string NameOfIndex(char digit) => $"{digit}{Hash[1..]}.index";

    /// <summary>A world of two files.</summary>
    public string WriteWorld(string name = "sample-world-2-1", int bytes = 10, double daysUnused = 0)
    {
        Write($"cache/{name}/coco/a.jpg", bytes);
        Write($"cache/{name}/{CacheFolder.WorldMarker}", 0, daysUnused);
        return At($"cache/{name}");
    }

    /// <summary>A world that a process was drawing, the last time so long ago.</summary>
    public string WriteUnfinishedWorld(double daysUnused)
    {
        string name = $".unfinished-{Hash}-sample-world-2-1";
        Write($"cache/{name}/coco/a.jpg", 10, daysUnused);
        foreach (string folder in new[] { At($"cache/{name}/coco"), At($"cache/{name}") })
            Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddDays(-daysUnused));
        return At($"cache/{name}");
    }

    public void Dispose() => _root.Delete(recursive: true);
}
