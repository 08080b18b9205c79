using System.Text.Json;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// A blend's output folder. Finished files have their final names. Unfinished files, and the
/// account of each finished shard, are in the hidden folder <c>.visualchat</c>. A shard is written
/// there, its account beside it, then it is renamed into <c>data</c>: a shard under its final name
/// is whole and has an account.
/// </summary>
internal sealed class OutputFolder
{
    private const string WorkFolder = ".visualchat";

    /// <summary>Names the folder; makes nothing.</summary>
    public OutputFolder(string path) => Root = Path.GetFullPath(path);

    public string Root { get; }

    public string ManifestPath => Path.Combine(Root, "manifest.json");

    public string RejectsPath => Path.Combine(Root, "rejects.jsonl");

    private string PlanPath => WorkPath("plan");

    /// <summary>The path of a file or folder in the hidden folder.</summary>
    public string WorkPath(string name) => Path.Combine(Root, WorkFolder, name);

    /// <summary>Where a shard is, or will be.</summary>
    public string ShardPath(PlannedShard shard) => Path.Combine(Root, shard.Path);

    /// <summary>Makes the folder and takes it for this process.</summary>
    /// <param name="owner">
    /// Who works in it. Processes of different partitions may work at once, two of the same one may
    /// not.
    /// </param>
    /// <exception cref="InputException">
    /// It holds something other than a blend.
    /// </exception>
    /// <exception cref="WorkException">Another process has it, or it cannot be written.</exception>
    public IDisposable Take(string owner)
    {
        if (HoldsSomethingElse())
            throw new InputException($"'{Root}' is not empty and holds no blend. Name a new folder with --out.");
        string lockPath = WorkPath($"lock-{owner}");
        try
        {
            Directory.CreateDirectory(Path.Combine(Root, WorkFolder));
            Directory.CreateDirectory(Path.Combine(Root, "data"));
            return new FileStream(
                lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new WorkException(
                $"'{Root}' cannot be written: {exception.Message} "
                + "Make it writable, or name another folder with --out.",
                exception);
        }
        catch (IOException exception) when (File.Exists(lockPath))
        {
            throw new WorkException(
                $"Another blend is writing to '{Root}'. Wait for it, or name another folder with --out.", exception);
        }
        catch (IOException exception)
        {
            throw new WorkException(
                $"'{Root}' cannot be made: {exception.Message} Name another folder with --out.", exception);
        }
    }

    /// <summary>The manifest, or null if the blend is not complete.</summary>
    /// <exception cref="WorkException">It is there but cannot be read.</exception>
    public Manifest? ReadManifest()
    {
        if (!File.Exists(ManifestPath))
            return null;
        try
        {
            return SealedJson.Read<Manifest>(UserFile.ReadAllBytes(ManifestPath, FileLimits.Document));
        }
        catch (JsonException exception)
        {
            throw new WorkException(
                $"'{ManifestPath}' is damaged: {exception.Message} Remove it and run 'visualchat blend' again, "
                + "which keeps the shards that are whole and writes it again; or blend again with --fresh.",
                exception);
        }
    }

    /// <summary>Writes the manifest; the last act of a blend.</summary>
    public void WriteManifest(Manifest manifest) =>
        AtomicFile.WriteAllText(ManifestPath, SealedJson.Write(manifest));

    /// <summary>
    /// The account of a shard that stands under its final name. Null if there is none, or it is
    /// damaged: the shard is then made again, and its account with it.
    /// </summary>
    public ShardAccount? ReadAccount(PlannedShard shard) =>
        File.Exists(ShardPath(shard)) ? ReadAccount(shard.Name) : null;

    /// <param name="shardName">The name of the shard's file, without its ending.</param>
    /// <inheritdoc cref="ReadAccount(PlannedShard)"/>
    public ShardAccount? ReadAccount(string shardName)
    {
        string path = AccountPath(shardName);
        try
        {
            return File.Exists(path)
                ? SealedJson.Read<ShardAccount>(UserFile.ReadAllBytes(path, FileLimits.Document))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// What was recorded of the shards that are there: by the manifest or, while the blend is not
    /// complete, by their accounts. A shard that nothing is recorded of is left out.
    /// </summary>
    /// <exception cref="WorkException">The manifest cannot be read.</exception>
    public IReadOnlyList<ManifestShard> RecordedShards()
    {
        if (ReadManifest() is { } manifest)
            return manifest.Shards;
        return
        [
            .. Directory.EnumerateFiles(Path.Combine(Root, "data"), "*.parquet")
                .Order(StringComparer.Ordinal)
                .Select(file => ReadAccount(Path.GetFileNameWithoutExtension(file)))
                .OfType<ShardAccount>()
                .Select(account => new ManifestShard(account.Path, account.Rows, account.Bytes, account.Sha256)),
        ];
    }

    /// <summary>Writes a shard's account and puts its finished file under its final name.</summary>
    public void Publish(PlannedShard shard, string finishedFile, ShardAccount account)
    {
        AtomicFile.WriteAllText(AccountPath(shard.Name), SealedJson.Write(account));
        File.Move(finishedFile, ShardPath(shard), overwrite: true);
    }

    /// <summary>
    /// Removes every shard and everything that describes them, so that a blend starts over. Touches
    /// no other file.
    /// </summary>
    public void Clear()
    {
        File.Delete(ManifestPath);
        foreach (string shard in Directory.EnumerateFiles(Path.Combine(Root, "data"), "*.parquet"))
            File.Delete(shard);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Root, WorkFolder)))
        {
            if (!Path.GetFileName(file).StartsWith("lock-", StringComparison.Ordinal))
                File.Delete(file);
        }
    }

    /// <summary>Removes unfinished files that killed processes left.</summary>
    public void RemoveUnfinished()
    {
        AtomicFile.RemoveUnfinished(Root);
        foreach (string pattern in (string[])["*.parquet", "*.tmp", "prepared-images-*"])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Root, WorkFolder), pattern))
                File.Delete(file);
        }
    }

    /// <summary>The plan the folder's shards were begun with, or null if there is none.</summary>
    public string? ReadPlanFingerprint() =>
        File.Exists(PlanPath) ? UserFile.ReadAllText(PlanPath, FileLimits.Document).Trim() : null;

    /// <summary>
    /// Notes the plan before its first shard is made. Several partitions may do so at once.
    /// </summary>
    public void WritePlanFingerprint(string fingerprint) => AtomicFile.WriteAllText(PlanPath, fingerprint + "\n");

    public void WriteRejects(IEnumerable<Reject> rejects) => AtomicFile.Write(RejectsPath, temporary =>
    {
        using var writer = new StreamWriter(temporary);
        foreach (Reject reject in rejects)
        {
            writer.Write(LineOf(reject));
            writer.Write('\n');
        }
    });

    /// <summary>Writes one of the folder's text files.</summary>
    public void WriteText(string name, string text) => AtomicFile.WriteAllText(Path.Combine(Root, name), text);

    /// <summary>Copies the tokenizer into the folder.</summary>
    public void CopyTokenizer(string file, string name) =>
        AtomicFile.Write(Path.Combine(Root, name), temporary =>
            File.WriteAllBytes(temporary, UserFile.ReadAllBytes(file, FileLimits.Tokenizer)));

    private static string LineOf(Reject reject)
    {
        var line = new
        {
            Source = reject.Dataset,
            reject.Ordinal,
            reject.Record,
            Reason = reject.Reason.ToName(),
            reject.Detail,
        };
        return JsonSerializer.Serialize(line, JsonText.Line);
    }

    private bool HoldsSomethingElse()
    {
        if (!Directory.Exists(Root) || Directory.Exists(Path.Combine(Root, WorkFolder)) || File.Exists(ManifestPath))
            return false;
        return Directory.EnumerateFileSystemEntries(Root).Any();
    }

    private string AccountPath(string shardName) => WorkPath($"{shardName}.json");
}
