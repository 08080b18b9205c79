using System.Diagnostics;
using System.Globalization;
using System.Text;
using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// The SHA-256 of files, each read once: a hash is remembered in the cache's folder by the file's
/// identity, which every write changes. What is remembered is not read again, so a file whose bytes
/// rot on the disk without a write is not noticed the second time; without the cache it is.
/// </summary>
/// <remarks>
/// Cost: a new file is read and hashed once, 2 GB/s a core; a known one takes one system call. A
/// line of the cache is 140 bytes and has a checksum of its own. Processes append lines side by
/// side: one that another has torn is passed over, and its file read once more.
/// </remarks>
/// <param name="folder">
/// The cache's folder; it is made when the first hash is remembered. Null: none is.
/// </param>
/// <param name="notes">Told what is read where that takes seconds.</param>
internal sealed class FileHashes(string? folder, TextWriter notes)
{
    /// <summary>Under the cache's folder.</summary>
    public const string FileName = "checked-files.txt";

    /// <summary>Lines above which the older half is forgotten; 5 MB.</summary>
    private const int MaxLines = 32_768;

    private const int CheckLength = 16;
    private const long SlowBytes = 1_000_000_000;

    /// <summary>
    /// A file that changed a moment ago may change again within one tick of its file system's
    /// clock, and keep its identity. The coarsest clock, FAT's, ticks every two seconds.
    /// </summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private Dictionary<FileIdentity, string>? _known;

    private string? Remembered => folder is null ? null : Path.Combine(folder, FileName);

    /// <summary>The SHA-256 of a file, in lower-case hex.</summary>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="done">Called with the number of bytes of each piece, for progress.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="UserFileException">It is not there, or no regular file.</exception>
    /// <exception cref="IOException">The storage failed.</exception>
    public async Task<string> OfFileAsync(string path, Action<long>? done, CancellationToken cancellation)
    {
        var identity = FileIdentity.Of(path);
        if (Find(identity) is { } known)
        {
            done?.Invoke(identity.Bytes);
            return known;
        }

        string sha256 = await Sha256.OfFileAsync(path, done, cancellation);
        if (FileIdentity.Of(path) == identity && IsSettled(identity))
            Remember(identity, sha256);
        return sha256;
    }

    /// <inheritdoc cref="OfFileAsync"/>
    public string OfFile(string path) => OfFileAsync(path, null, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>
    /// The SHA-256 of files by their paths, read side by side. Where that takes more than half a
    /// second, the notes say what is read, and afterwards how long it took.
    /// </summary>
    /// <inheritdoc cref="OfFileAsync" path="/exception"/>
    public IReadOnlyDictionary<string, string> OfFiles(IReadOnlyCollection<string> paths)
    {
        string[] unknown = [.. paths.Where(path => Find(FileIdentity.Of(path)) is null)];
        long bytes = unknown.Sum(path => FileIdentity.Of(path).Bytes);
        if (bytes >= SlowBytes)
            notes.WriteLine($"Checking {string.Join(", ", unknown)} ({bytes / 1e9:F1} GB), once.");
        long from = Stopwatch.GetTimestamp();
        var hashes = paths.AsParallel()
            .Select(path => (Path: path, Sha256: OfFile(path)))
            .ToDictionary(file => file.Path, file => file.Sha256);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        if (bytes >= SlowBytes)
            notes.WriteLine($"Checked {bytes / 1e9:F1} GB in {seconds:F1} s. They are read again when they change.");
        return hashes;
    }

    private static bool IsSettled(FileIdentity identity)
    {
        TimeSpan changed = TimeSpan.FromMicroseconds(
            Math.Max(identity.ChangedNanoseconds, identity.ModifiedNanoseconds) / 1000);
        return DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch - changed > Settled;
    }

    private string? Find(FileIdentity identity)
    {
        lock (_lock)
        {
            _known ??= Read();
            return _known.GetValueOrDefault(identity);
        }
    }

    private void Remember(FileIdentity identity, string sha256)
    {
        lock (_lock)
        {
            _known![identity] = sha256;
            if (Remembered is not { } path)
                return;
            try
            {
                _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                using var file = new FileStream(
                    path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
                file.Write(Encoding.ASCII.GetBytes(LineOf(identity, sha256)));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The folder cannot be written: the next process reads the file again.
            }
        }
    }

    private Dictionary<FileIdentity, string> Read()
    {
        var known = new Dictionary<FileIdentity, string>();
        try
        {
            string[] lines = File.Exists(Remembered) ? File.ReadAllLines(Remembered!, Encoding.ASCII) : [];
            if (lines.Length > MaxLines)
            {
                lines = lines[^(MaxLines / 2)..];
                AtomicFile.WriteAllText(Remembered!, string.Concat(lines.Select(line => line + "\n")));
            }

            foreach (string line in lines)
            {
                if (TryParse(line, out FileIdentity identity, out string sha256))
                    known[identity] = sha256;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It cannot be read: the files are.
        }

        return known;
    }

    private static string LineOf(FileIdentity identity, string sha256)
    {
        string content = $"{identity.Device} {identity.Inode} {identity.Bytes} "
            + $"{identity.ModifiedNanoseconds} {identity.ChangedNanoseconds} {sha256}";
        return $"{content} {CheckOf(content)}\n";
    }

    private static bool TryParse(string line, out FileIdentity identity, out string sha256)
    {
        (identity, sha256) = (default, "");
        int checkAt = line.Length - CheckLength;
        if (checkAt < 1 || line[checkAt - 1] != ' ' || CheckOf(line[..(checkAt - 1)]) != line[checkAt..])
            return false;
        string[] fields = line.Split(' ');
        identity = new FileIdentity(
            ulong.Parse(fields[0], NumberStyles.None),
            ulong.Parse(fields[1], NumberStyles.None),
            long.Parse(fields[2], NumberStyles.None),
            long.Parse(fields[3], NumberStyles.AllowLeadingSign),
            long.Parse(fields[4], NumberStyles.AllowLeadingSign));
        sha256 = fields[5];
        return true;
    }

    private static string CheckOf(string content) => Sha256.Of(Encoding.ASCII.GetBytes(content))[..CheckLength];
}
