using System.Security.Cryptography;
using System.Text;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Keeps the indexes of files between runs, one small binary file each. An entry counts only if its
/// checksum is right and the indexed file's path, length, time of change, first and last 4 KB and
/// the index's version are those it was made of; any other entry is ignored and replaced. A folder
/// that cannot be written is not an error: the next run scans again.
/// </summary>
/// <param name="folder">Where entries are kept; it is made when the first is written.</param>
internal sealed class IndexCache(CacheFolder folder)
{
    // Raise it when the contents of an index, or the reasons to reject a record, change.
    private const int Version = 3;

    private volatile bool _hasAdded;

    /// <summary>Where entries are kept.</summary>
    public CacheFolder Folder { get; } = folder;

    /// <summary>The indexes in the user's cache.</summary>
    public static IndexCache OfUser() => new(CacheFolder.OfUser());

    /// <summary>Removes old entries from the cache's folder if this added one.</summary>
    public void RemoveOldIfAdded()
    {
        if (_hasAdded)
            CacheAgeing.Run(Folder);
    }

    /// <summary>The kept index of a file, or a new one, which is then kept.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="format">How the file is read.</param>
    /// <param name="build">Makes the index by reading the file.</param>
    /// <param name="fromCache">Whether the file was not read.</param>
    internal T GetOrBuild<T>(string path, string format, Func<T> build, out bool fromCache)
        where T : IFileIndex<T>
    {
        // Taken before the file is read: if it changes meanwhile, the entry will not count.
        string endian = BitConverter.IsLittleEndian ? "LE" : "BE";
        byte[] identity = FileFingerprint.Of(path, $"{format}\0{Version}\0{endian}");
        string? entry = EntryOf(path, format);
        ColumnReader? kept = entry is null ? null : TryLoad(entry, identity);
        fromCache = kept is not null;
        if (kept is not null)
        {
            LastUse.Mark(entry!);
            return T.Read(kept);
        }

        T index = build();
        if (entry is not null)
            Save(entry, identity, index);
        return index;
    }

    private string? EntryOf(string path, string format)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{format}\0{path}"));
        return Folder.IndexOf(Convert.ToHexStringLower(hash.AsSpan(0, 16)));
    }

    private static ColumnReader? TryLoad(string entry, ReadOnlySpan<byte> identity)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(entry);
            if (bytes.Length < SHA256.HashSizeInBytes)
                return null;
            ReadOnlySpan<byte> content = bytes.AsSpan(..^SHA256.HashSizeInBytes);
            if (!SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(content.Length)))
                return null;
            var reader = new ColumnReader(bytes);
            return reader.Read<byte>().AsSpan().SequenceEqual(identity) ? reader : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Save<T>(string entry, byte[] identity, T index)
        where T : IFileIndex<T>
    {
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(entry)!);
            AtomicFile.Write(entry, temporary =>
            {
                using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
                using var writer = new ColumnWriter(stream);
                writer.Write<byte>(identity);
                index.Write(writer);
                writer.Finish();
            });
            _hasAdded = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder cannot be written: the next run scans again.
        }
    }
}
