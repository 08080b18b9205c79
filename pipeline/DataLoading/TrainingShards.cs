using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The shards that a recipe trains on: those that the manifest of a finished blend lists, which
/// must be made from the recipe's own data, tokenizer and image settings. <see cref="ShardSet"/>
/// finds the shards of any folder by their file names instead, without a manifest or a recipe, to
/// inspect them. <see cref="VerifyAsync"/> checks once, before training, that the files still match
/// the manifest.
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

    public Manifest Manifest { get; }

    /// <summary>Opens the folder that <c>blend</c> wrote; reads no shard.</summary>
    /// <param name="folder">The folder that holds <c>manifest.json</c>.</param>
    /// <param name="recipe">The recipe to train.</param>
    /// <param name="tokenizer">The recipe's tokenizer.</param>
    /// <exception cref="InputException">
    /// The blend is not finished, or it was made with another recipe, tokenizer or image size: the
    /// exception names everything that differs.
    /// </exception>
    /// <exception cref="WorkException">The manifest cannot be read.</exception>
    public static TrainingShards Open(string folder, Recipe recipe, SentencePieceTokenizer tokenizer)
    {
        if (!Directory.Exists(folder))
            throw NoFolder(folder);
        if (new OutputFolder(folder).ReadManifest() is not { } manifest)
            throw NotFinished(folder);

        string recipePath = Path.Combine(folder, "recipe.yaml");
        string? blendedRecipe = File.Exists(recipePath)
            ? UserFile.ReadAllText(recipePath, FileLimits.Recipe)
            : null;
        IReadOnlyList<string> differences = ShardDifferences.Between(manifest, blendedRecipe, recipe, tokenizer);
        return differences.Count == 0 ? new TrainingShards(folder, manifest) : throw OtherRecipe(folder, differences);
    }

    /// <summary>Samples of a split; 0 if it has none.</summary>
    /// <param name="split">
    /// <see cref="ShardSet.Train"/> or <see cref="ShardSet.Validation"/>.
    /// </param>
    public int SamplesIn(string split) => ShardsOf(split).Sum(shard => shard.Rows);

    /// <summary>Compares shards with the manifest, by <see cref="ShardCheck"/>.</summary>
    /// <param name="split">Only this split; null: all.</param>
    /// <param name="hashes">Remembers which files were read before.</param>
    /// <param name="progress">Called from several threads.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="WorkException">Shards are missing or damaged: each is named.</exception>
    public Task VerifyAsync(
        string? split, FileHashes hashes, IProgress<ShardCheckProgress>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<ManifestShard> shards = split is null ? Manifest.Shards : [.. ShardsOf(split)];
        return new ShardCheck(_folder, hashes).VerifyAsync(shards, progress, cancellation);
    }

    /// <summary>
    /// Refuses samples with more positions than the model has, so that a training does not meet one
    /// halfway.
    /// </summary>
    /// <param name="positions">Positions of the model.</param>
    /// <returns>Positions of the longest sample.</returns>
    /// <remarks>
    /// Cost: reads one small column of every shard, and the ids of shards with a sample that is too
    /// long.
    /// </remarks>
    /// <exception cref="InputException">
    /// There are such samples: the exception counts them and names the first ones.
    /// </exception>
    /// <exception cref="WorkException">A shard cannot be read.</exception>
    public async Task<int> RefuseLongSamplesAsync(int positions, CancellationToken cancellation)
    {
        int tooLong = 0, longest = 0;
        var named = new List<string>();
        foreach (ManifestShard shard in Manifest.Shards)
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(PathOf(shard), cancellation);
            IReadOnlyList<int> tokens = await reader.ReadSequenceTokensAsync(cancellation);
            longest = Math.Max(longest, tokens.DefaultIfEmpty().Max());
            int[] rows = [.. Enumerable.Range(0, tokens.Count).Where(row => tokens[row] > positions)];
            tooLong += rows.Length;
            if (rows.Length == 0 || named.Count == SamplesNamed)
                continue;
            IReadOnlyList<string> ids = await reader.ReadIdsAsync(cancellation);
            named.AddRange(rows.Take(SamplesNamed - named.Count).Select(row => $"{ids[row]} ({tokens[row]:N0})"));
        }

        return tooLong == 0 ? longest : throw LongSamples(tooLong, named, positions);
    }

    /// <summary>The files of a split, in order.</summary>
    internal IReadOnlyList<string> FilesOf(string split) => [.. ShardsOf(split).Select(PathOf)];

    private static InputException NoFolder(string folder) => new(
        $"There is no folder '{folder}'. "
        + "Make its shards with 'visualchat blend', or name another folder with --shards.");

    private static InputException NotFinished(string folder) => new(
        $"'{folder}' has no manifest.json: its blend is not finished. "
        + "Run 'visualchat blend' again to finish it, or name another folder with --shards.");

    private static InputException OtherRecipe(string folder, IReadOnlyList<string> differences) => new([
        .. differences.Select(difference => $"The shards in '{folder}' are not this recipe's: {difference}."),
        "Name the folder of the recipe's own shards with --shards, "
            + "or throw these away and blend again with --fresh.",
    ]);

    private static InputException LongSamples(int count, List<string> named, int positions)
    {
        string samplesTake = count == 1 ? "sample takes" : "samples take";
        string more = count > named.Count ? $" and {count - named.Count:N0} more" : "";
        return new InputException(
            $"{count:N0} {samplesTake} more than the model's {positions:N0} positions: "
            + $"{string.Join(", ", named)}{more}. "
            + $"Set data.max_sequence_tokens to {positions} or less and blend again with --fresh.");
    }

    private IEnumerable<ManifestShard> ShardsOf(string split) =>
        Manifest.Shards.Where(shard => shard.IsOf(split));

    private string PathOf(ManifestShard shard) => Path.Combine(_folder, shard.Path);
}
