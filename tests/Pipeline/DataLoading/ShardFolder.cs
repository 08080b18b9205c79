using System.Threading.Channels;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tests.Recipes;
using VisualChat.Pipeline.Tests.Shards;
using VisualChat.Pipeline.Tests.Tokens;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.DataLoading;

/// <summary>
/// The folder of a finished blend with small rows: every third has one image, every fifth two.
/// </summary>
internal sealed class ShardFolder : IDisposable
{
    /// <summary>2 × 2 pixels: black, white, red, grey.</summary>
    public static byte[] Picture { get; } = [.. "P6\n2 2\n255\n"u8, 0, 0, 0, 255, 255, 255, 255, 0, 0, 128, 128, 128];

    private readonly List<ManifestShard> _shards = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public static SentencePieceTokenizer Tokenizer => TokenData.Tokenizer("quickstart");

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>A recipe; its images take 5 tokens.</summary>
    public static Recipe Recipe(params string[] overrides) => RecipeText.Parse(
        """
        name: small
        data: { sources: [{ name: llava }] }
        tokenizer: t.model
        images: { size: 8, tokens: 5 }
        """,
        "/recipes",
        overrides);

    public static DataLoaderSettings Settings(int batch, int microBatch = 2, int workers = 2, long seed = 1) =>
        new() { Batch = batch, Cut = new SampleCut(microBatch), Frame = 2, Seed = seed, Workers = workers };

    /// <summary>The ids of updates, in order.</summary>
    public static IEnumerable<string> Ids(params IEnumerable<LoadedUpdate> updates) =>
        updates.SelectMany(update => update.MicroBatches).SelectMany(batch => batch.Ids);

    /// <summary>All that two updates have to agree in, as text.</summary>
    public static string Describe(LoadedUpdate update)
    {
        IEnumerable<string> microBatches = update.MicroBatches.Select(batch => string.Join(' ', batch.Ids));
        return $"{update.Epoch} {update.IndexInEpoch} {update.Next}: {string.Join(" | ", microBatches)}";
    }

    public static Task<List<LoadedUpdate>> UpdatesAsync(ShardDataLoader loader, LoaderPosition from, int epochs) =>
        ReadAllAsync(loader.Start(from, epochs, default));

    public static Task<List<LoadedUpdate>> UpdatesInFileOrderAsync(ShardDataLoader loader) =>
        ReadAllAsync(loader.StartInFileOrder(default));

    public static Task<List<LoadedUpdate>> ReadAllAsync(ChannelReader<LoadedUpdate> updates) =>
        updates.ReadAllAsync().ToListAsync().AsTask();

    /// <summary>Writes a split and the manifest.</summary>
    /// <param name="split">The split of every file.</param>
    /// <param name="files">
    /// For each file, the number of rows in each of its groups. The sample of row 2 of group 1 of
    /// the first file is called <c>train-0-1-2</c>.
    /// </param>
    public async Task<ShardFolder> WithAsync(string split, params int[][] files)
    {
        for (int file = 0; file < files.Length; file++)
        {
            string ids = $"{split}-{file}";
            SampleRow[][] groups = [.. files[file].Select((rows, group) => Rows(rows, $"{ids}-{group}"))];
            await AddAsync($"{split}-{file:00000}-of-{files.Length:00000}", groups);
        }

        return this;
    }

    /// <summary>Writes one shard and the manifest.</summary>
    public async Task AddAsync(string name, params IReadOnlyList<SampleRow>[] groups)
    {
        Directory.CreateDirectory(Path.Combine(Root, "data"));
        byte[] bytes = await ShardRows.WriteAsync(groups);
        await File.WriteAllBytesAsync(PathOf(name), bytes);
        int rows = groups.Sum(group => group.Count);
        _shards.Add(new ManifestShard($"data/{name}.parquet", rows, bytes.Length, Sha256.Of(bytes)));
        WriteManifest(Recipe(), Tokenizer);
    }

    public void WriteManifest(
        Recipe recipe, SentencePieceTokenizer tokenizer, int formatVersion = Manifest.CurrentFormatVersion)
    {
        var folder = new OutputFolder(Root);
        folder.WriteText("recipe.yaml", recipe.ToYaml());
        folder.WriteManifest(new Manifest
        {
            FormatVersion = formatVersion,
            Name = recipe.Name,
            Seed = recipe.Seed,
            RecipeFingerprint = RecipeFingerprint.Of(recipe, tokenizer.Fingerprint),
            PlanFingerprint = "",
            TokenizerSha256 = tokenizer.Fingerprint,
            BaseVocabularySize = tokenizer.VocabularySize,
            ImageTokens = recipe.Images.VisualTokens,
            ImageSize = recipe.Images.Size,
            Shards = _shards,
            Datasets = [],
            Sources = [],
            RoundsDropped = 0,
            StraddlingConversations = 0,
        });
    }

    public string PathOf(string name) => Path.Combine(Root, "data", $"{name}.parquet");

    public TrainingShards Open(params string[] overrides) => TrainingShards.Open(Root, Recipe(overrides), Tokenizer);

    public Task<ShardDataLoader> LoaderAsync(DataLoaderSettings settings, string split = ShardSet.Train) =>
        ShardDataLoader.OpenAsync(Open(), split, settings, default);

    /// <summary>The samples <c>{idPrefix}-0</c>, <c>{idPrefix}-1</c> and so on.</summary>
    public static SampleRow[] Rows(int count, string idPrefix) =>
        [.. Enumerable.Range(0, count).Select(row => Row($"{idPrefix}-{row}", row))];

    public static SampleRow Row(string id, int number)
    {
        int images = number % 5 == 4 ? 2 : number % 3 == 2 ? 1 : 0;
        int[] ids = [1, .. Enumerable.Repeat(Tokenizer.VocabularySize + 1, images), 10, 11, 2];
        return ShardRows.WithoutImages with
        {
            Id = id,
            Images = [.. Enumerable.Repeat(new RowImage(Picture, "photo.ppm"), images)],
            InputIds = ids,
            Labels = [.. Enumerable.Repeat(-100, images + 2), 11, 2],
            TextTokens = 4,
            SequenceTokens = 4 + (5 * images),
        };
    }
}
