using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Planning;

/// <summary>
/// Datasets without files: a record consists of the images it shows and a made-up text.
/// </summary>
internal sealed class FakeCatalog
{
    private readonly List<DatasetIndex> _datasets = [];
    private readonly FakeImages _images = new();

    public SourceCatalog Catalog => new(_datasets, _images);

    public static Recipe RecipeOf(params EntrySettings[] entries) =>
        new() { Name = "test", Data = new DataSettings { Sources = entries }, Tokenizer = RecipePath.To("none") };

    /// <summary>
    /// Adds a dataset of conversations, each given by the number of its records and the images that
    /// every one of them shows.
    /// </summary>
    public FakeCatalog Add(string name, params (int Records, string[] Images)[] conversations)
    {
        var imageStarts = new List<int> { 0 };
        var imageIds = new List<int>();
        var starts = new List<int> { 0 };
        var shown = new List<int[]>();
        foreach ((int records, string[] images) in conversations)
        {
            int[] ids = Array.ConvertAll(images, _images.Intern);
            for (int record = 0; record < records; record++)
            {
                imageIds.AddRange(ids);
                imageStarts.Add(imageIds.Count);
                shown.Add(ids);
            }

            starts.Add(shown.Count);
        }

        _datasets.Add(new DatasetIndex
        {
            Name = name,
            RecordsRead = shown.Count,
            RecordOrdinals = [.. Enumerable.Range(0, shown.Count)],
            Rounds = [.. shown.Select(_ => (ushort)1)],
            FirstRoundImages = [.. shown.Select(ids => (ushort)ids.Length)],
            ImageStarts = [.. imageStarts],
            ImageIds = [.. imageIds],
            ConversationStarts = [.. starts],
            ConversationRecords = [.. Enumerable.Range(0, shown.Count)],
            Rejects = [],
            Reader = new FakeReader(name, shown),
        });
        return this;
    }

    /// <summary>Adds a dataset of conversations, each made from its number.</summary>
    public FakeCatalog AddMany(string name, int count, Func<int, (int Records, string[] Images)> conversationOf) =>
        Add(name, [.. Enumerable.Range(0, count).Select(conversationOf)]);

    /// <summary>Adds a dataset of conversations of one record and one image.</summary>
    public FakeCatalog AddSingles(string name, int count, Func<int, string> imageOf) =>
        AddMany(name, count, record => (1, [imageOf(record)]));

    private sealed class FakeReader(string name, List<int[]> shown) : IRecordReader
    {
        public string LabelOf(int record) => $"{name}[{record}]";

        public IReadOnlyList<RecordRound> Read(int record, long seed) =>
            [new RecordRound($"question {record}", $"answer {record}", shown[record])];
    }

    private sealed class FakeImages : IImageTable
    {
        private readonly List<string> _paths = [];

        public int Count => _paths.Count;

        public int Intern(string path)
        {
            if (!_paths.Contains(path))
                _paths.Add(path);
            return _paths.IndexOf(path);
        }

        public string PathOf(int image) => _paths[image];

        public long LengthOf(int image) => 100_000;

        public PooledBytes Read(int image, PooledBuffers buffers) => new([1, 2, 3]);
    }
}
