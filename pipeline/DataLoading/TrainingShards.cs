using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The shards of a finished blend that a recipe may train on: they have the recipe's data,
/// tokenizer and images. Whether the files still match the manifest is checked once, before
/// training, by <see cref="VerifyAsync"/>.
/// </summary>
internal sealed class TrainingShards
{
    private const int SamplesNamed = 5;

    private readonly string _folder;

    private TrainingShards(string folder, Manifest manifest)
    {
        _folder = folder;
        Manifest = manifest;
    }

    /// <summary>What the folder holds.</summary>
    public Manifest Manifest { get; }

    /// <summary>Opens the folder that <c>blend</c> wrote; reads no shard.</summary>
    /// <param name="folder">The folder that holds <c>manifest.json</c>.</param>
    /// <param name="recipe">The recipe that is to be trained.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="InputException">
    /// The blend is not finished, or is of another recipe, tokenizer or image size: everything that
    /// differs.
    /// </exception>
    /// <exception cref="WorkException">The manifest cannot be read.</exception>
    public static TrainingShards Open(string folder, Recipe recipe, SentencePieceTokenizer tokenizer)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"There is no folder '{folder}'. Make its shards with 'visualchat blend', or name another folder with --shards.");
        if (new OutputFolder(folder).ReadManifest() is not { } manifest)
            throw new InputException($"'{folder}' has no manifest.json: its blend is not finished. Run 'visualchat blend' again to finish it, or name another folder with --shards.");

        string blendedRecipe = Path.Combine(folder, "recipe.yaml");
        IReadOnlyList<string> differences = ShardDifferences.Between(
            manifest, File.Exists(blendedRecipe) ? File.ReadAllText(blendedRecipe) : null, recipe, tokenizer);
        return differences.Count == 0
            ? new TrainingShards(folder, manifest)
            : throw new InputException([
                .. differences.Select(difference => $"The shards in '{folder}' are not this recipe's: {difference}."),
                "Name the folder of the recipe's own shards with --shards, or throw these away and blend again with --fresh.",
            ]);
    }

    /// <summary>Samples of a split; 0 if it has none.</summary>
    /// <param name="split">
    /// <see cref="ShardSet.Train"/> or <see cref="ShardSet.Validation"/>.
    /// </param>
    public int SamplesIn(string split) => ShardsOf(split).Sum(shard => shard.Rows);

    /// <summary>Reads every shard once and compares it with the manifest.</summary>
    /// <param name="workers">Files read at once.</param>
    /// <param name="progress">Told from several threads how far it is.</param>
    /// <param name="ct">Stops it.</param>
    /// <remarks>
    /// Cost: each byte is read and hashed once, at about 2 GB/s for each worker where the storage
    /// keeps up: 0.13 s for a shard of 256 MB.
    /// </remarks>
    /// <exception cref="WorkException">Shards are missing or damaged: each is named.</exception>
    public async Task VerifyAsync(int workers, IProgress<ShardCheckProgress>? progress, CancellationToken ct)
    {
        // Missing or cut-off files are known at once; only whole files are worth reading.
        string?[] problems = [.. Manifest.Shards.Select(ProblemOfSize)];
        ThrowIfAny(problems);

        long bytesInAll = Manifest.Shards.Sum(shard => shard.Bytes);
        long bytesDone = 0;
        int shardsDone = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = ct };
        await Parallel.ForAsync(0, problems.Length, options, async (index, stop) =>
        {
            ManifestShard shard = Manifest.Shards[index];
            string sha256 = await Sha256.OfFileAsync(PathOf(shard), read => Report(Interlocked.Add(ref bytesDone, read), Volatile.Read(ref shardsDone)), stop);
            if (sha256 != shard.Sha256)
                problems[index] = $"'{PathOf(shard)}' is damaged: its bytes are not those that were written.";
            Report(Interlocked.Read(ref bytesDone), Interlocked.Increment(ref shardsDone));
        });
        ThrowIfAny(problems);

        void Report(long bytes, int shards) => progress?.Report(new ShardCheckProgress(shards, problems.Length, bytes, bytesInAll));
    }

    /// <summary>
    /// Refuses samples with more positions than the model has, before a training meets them
    /// halfway.
    /// </summary>
    /// <param name="positions">Positions of the model.</param>
    /// <param name="ct">Stops it.</param>
    /// <remarks>
    /// Cost: one small column of every shard; the ids too of a shard that has too long a sample.
    /// </remarks>
    /// <exception cref="InputException">
    /// There are some: how many, and the first of them.
    /// </exception>
    /// <exception cref="WorkException">A shard cannot be read.</exception>
    public async Task RefuseLongSamplesAsync(int positions, CancellationToken ct)
    {
        int tooLong = 0;
        var named = new List<string>();
        foreach (ManifestShard shard in Manifest.Shards)
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(PathOf(shard), ct);
            IReadOnlyList<int> tokens = await reader.ReadSequenceTokensAsync(ct);
            int[] rows = [.. Enumerable.Range(0, tokens.Count).Where(row => tokens[row] > positions)];
            tooLong += rows.Length;
            if (rows.Length == 0 || named.Count == SamplesNamed)
                continue;
            IReadOnlyList<string> ids = await reader.ReadIdsAsync(ct);
            named.AddRange(rows.Take(SamplesNamed - named.Count).Select(row => $"{ids[row]} ({Text(tokens[row])})"));
        }

        if (tooLong == 0)
            return;
        string more = tooLong > named.Count ? $" and {Text(tooLong - named.Count)} more" : "";
        throw new InputException(
            $"{Text(tooLong)} {(tooLong == 1 ? "sample takes" : "samples take")} more than the model's {Text(positions)} positions: {string.Join(", ", named)}{more}. "
            + $"Set data.max_sequence_tokens to {positions} or less and blend again with --fresh.");
    }

    /// <summary>The files of a split, in order.</summary>
    internal IReadOnlyList<string> FilesOf(string split) => [.. ShardsOf(split).Select(PathOf)];

    private static string Text(int number) => number.ToString("N0");

    private static void ThrowIfAny(IEnumerable<string?> problems)
    {
        string[] found = [.. problems.OfType<string>()];
        if (found.Length > 0)
            throw new WorkException(string.Join(Environment.NewLine, [.. found, "Delete what is damaged and run 'visualchat blend' again: it makes those shards anew and keeps the others."]));
    }

    private IEnumerable<ManifestShard> ShardsOf(string split) => Manifest.Shards.Where(shard => Path.GetFileName(shard.Path).StartsWith($"{split}-", StringComparison.Ordinal));

    private string PathOf(ManifestShard shard) => Path.Combine(_folder, shard.Path);

    private string? ProblemOfSize(ManifestShard shard)
    {
        var file = new FileInfo(PathOf(shard));
        if (!file.Exists)
            return $"'{file.FullName}' is missing.";
        return file.Length == shard.Bytes ? null : $"'{file.FullName}' is damaged: it has {file.Length} bytes, and {shard.Bytes} were written.";
    }
}
