using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// The folders that data may read from: those that the user named, with every link followed. What
/// counts is where a path ends, not how it is written; docs/decisions/0022-where-links-may-lead.md.
/// </summary>
internal sealed partial class NamedPlaces
{
    private const int LongestPath = 4096;

    private readonly string[] _folders;
    private readonly byte[][] _folderBytes;

    private NamedPlaces(IEnumerable<string> folders)
    {
        _folders = [.. folders.Select(folder => folder.EndsWith('/') ? folder : folder + "/").Distinct()];
        _folderBytes = Array.ConvertAll(_folders, Encoding.UTF8.GetBytes);
    }

    /// <summary>The places of one folder of images.</summary>
    /// <param name="images">The folder that the recipe names for the images.</param>
    /// <param name="dataRoot">The data root.</param>
    /// <param name="linksMayLeadTo">Further folders that the user named.</param>
    public static NamedPlaces Of(string images, string dataRoot, IReadOnlyList<string> linksMayLeadTo)
    {
        var folders = new List<string>();
        foreach (string named in (IEnumerable<string>)[images, dataRoot, .. linksMayLeadTo])
        {
            if (RealPath.Of(named) is not { } real)
                continue;
            folders.Add(real);
            if (BlobsOf(real) is { } blobs)
                folders.Add(blobs);
        }

        return new NamedPlaces(folders);
    }

    /// <summary>Whether a path that has no links leads to one of the places, or into one.</summary>
    public bool Hold(string realPath)
    {
        foreach (string folder in _folders)
        {
            bool isTheFolder = folder.Length - 1 == realPath.Length
                && folder.StartsWith(realPath, StringComparison.Ordinal);
            if (isTheFolder || realPath.StartsWith(folder, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Whether an open file lies in one of the places. Asks the kernel where it lies, so no link
    /// that is exchanged after a check can lead elsewhere: one system call, about a microsecond,
    /// and no memory.
    /// </summary>
    public bool Hold(SafeFileHandle file, string path)
    {
        Span<byte> real = stackalloc byte[LongestPath];
        int length = ReadPathOf(file, real);

        // Without /proc, or for a name longer than a path: as well as can be told from outside.
        if (length <= 0 || length == LongestPath)
            return RealPath.Of(path) is { } found && Hold(found);
        foreach (byte[] folder in _folderBytes)
        {
            if (real[..length].StartsWith(folder))
                return true;
        }

        return false;
    }

    // The hub's cache keeps files once, in blobs, and snapshots/REVISION/... links to them.
    private static string? BlobsOf(string real)
    {
        const string snapshots = "/snapshots/";
        int at = real.LastIndexOf(snapshots, StringComparison.Ordinal);
        if (at < 0 || at + snapshots.Length == real.Length)
            return null;
        string blobs = Path.Join(real.AsSpan(0, at), "blobs");
        return Directory.Exists(blobs) && new DirectoryInfo(blobs).LinkTarget is null ? blobs : null;
    }

    private static unsafe int ReadPathOf(SafeFileHandle file, Span<byte> path)
    {
        Span<byte> link = stackalloc byte[32];
        if (!System.Text.Unicode.Utf8.TryWrite(link, $"/proc/self/fd/{file.DangerousGetHandle()}\0", out _))
            return -1;
        fixed (byte* name = link, target = path)
        {
            return (int)ReadLink(name, target, (nuint)path.Length);
        }
    }

    [LibraryImport("libc", EntryPoint = "readlink")]
    private static unsafe partial nint ReadLink(byte* path, byte* target, nuint bytes);
}
