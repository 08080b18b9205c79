using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// Compares shards with what was written. Everything that reads shards does so first: a flipped bit
/// in a page is seldom seen by Parquet.
/// </summary>
/// <param name="folder">The folder that <c>blend</c> wrote.</param>
/// <param name="hashes">Remembers which files were read before.</param>
/// <remarks>
/// Cost: each byte is read and hashed once, 2 GB/s a core if the storage keeps up, so a shard of
/// 256 MB takes 0.13 s; a shard that has not changed since takes one system call.
/// </remarks>
internal sealed class ShardCheck(string folder, FileHashes hashes)
{
    /// <summary>Checks shards, as many at once as there are cores.</summary>
    /// <param name="shards">What was written.</param>
    /// <param name="progress">Called from several threads.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="WorkException">Shards are missing or damaged: each is named.</exception>
    public async Task VerifyAsync(
        IReadOnlyList<ManifestShard> shards,
        IProgress<ShardCheckProgress>? progress,
        CancellationToken cancellation)
    {
        // Sizes tell at once which files are missing or cut off; if any is, hashing the others
        // would be a waste of time.
        string?[] problems = [.. shards.Select(ProblemOfSize)];
        ThrowIfAny(problems);

        long bytesInAll = shards.Sum(shard => shard.Bytes);
        long bytesDone = 0;
        int shardsDone = 0;
        await Parallel.ForAsync(0, problems.Length, cancellation, async (index, stop) =>
        {
            string path = PathOf(shards[index]);
            string sha256 = await hashes.OfFileAsync(path, CountBytes, stop);
            if (sha256 != shards[index].Sha256)
                problems[index] = $"'{path}' is damaged: its bytes are not those that were written.";
            Report(Interlocked.Read(ref bytesDone), Interlocked.Increment(ref shardsDone));
        });
        ThrowIfAny(problems);

        void CountBytes(long read) => Report(Interlocked.Add(ref bytesDone, read), Volatile.Read(ref shardsDone));

        void Report(long bytes, int done) =>
            progress?.Report(new ShardCheckProgress(done, problems.Length, bytes, bytesInAll));
    }

    private static void ThrowIfAny(IEnumerable<string?> problems)
    {
        const string WhatToDo =
            "Delete what is damaged and run 'visualchat blend' again: "
            + "it makes those shards again and keeps the others.";
        string[] found = [.. problems.OfType<string>()];
        if (found.Length > 0)
            throw new WorkException(string.Join(Environment.NewLine, [.. found, WhatToDo]));
    }

    private string PathOf(ManifestShard shard) => Path.Combine(folder, shard.Path);

    private string? ProblemOfSize(ManifestShard shard)
    {
        string path = Path.GetFullPath(PathOf(shard));
        FileKind kind = UserFile.KindOf(path);
        if (kind == FileKind.Missing)
            return $"'{path}' is missing.";
        if (kind != FileKind.File)
            return $"'{path}' is damaged: it is no longer a file.";
        long bytes = FileIdentity.Of(path).Bytes;
        return bytes == shard.Bytes
            ? null
            : $"'{path}' is damaged: it has {bytes} bytes, and {shard.Bytes} were written.";
    }
}
