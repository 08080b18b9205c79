namespace VisualChat.Gpu.Natives;

/// <summary>The libraries that are loaded in this process.</summary>
internal static class LoadedLibraries
{
    /// <summary>
    /// The path of the first one whose file name begins so; null if none is loaded. CUDA's have
    /// versions or hashes in their names.
    /// </summary>
    public static string? PathOf(string fileNameStart) => File.ReadLines("/proc/self/maps")
        .Select(line => line.IndexOf('/') is var start and >= 0 ? line[start..] : "")
        .FirstOrDefault(path => Path.GetFileName(path).StartsWith(fileNameStart, StringComparison.Ordinal));
}
