using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class IndexesBetweenRunsTests
{
    private const string Text =
        """{"data": {"I1": {"instruction": "Q?", "answer": "A.", "image_ids": ["a"],"""
            + """ "rel_ins_ids": ["I2"]}, "I2": {"instruction": "R?", "answer": "B.","""
            + """ "image_ids": ["a"]}, "I3": 4}}""";

    private static (DatasetIndex Index, IReadOnlyList<IndexProgress> Reports) Load(DataRoot root)
    {
        var reports = new Reports();
        return (root.Load(DataRoot.Entry("mimic-it", images: "images.json"), progress: reports)["mine"], reports.All);
    }

    private static DataRoot NewRoot()
    {
        DataRoot root = new();
        _ = root.Write("data.json", Text);
        _ = root.Write("images.json", """{"a": "AQID"}""");
        return root;
    }

    [Fact]
    public void A_second_run_reads_no_file_again_and_finds_the_same()
    {
        using DataRoot root = NewRoot();
        (DatasetIndex first, IReadOnlyList<IndexProgress> scanned) = Load(root);
        (DatasetIndex second, IReadOnlyList<IndexProgress> kept) = Load(root);
        scanned.Should().NotBeEmpty().And.OnlyContain(report => !report.FromCache);
        kept.Should().HaveCount(2).And.OnlyContain(report => report.FromCache);
        second.Should().BeEquivalentTo(first, options => options.Excluding(index => index.Reader));
        second.Reader.Read(1, 1).Should().BeEquivalentTo(first.Reader.Read(1, 1));
        second.ConversationCount.Should().Be(1);
        second.Rejects.Should().ContainSingle();
    }

    [Theory]
    [InlineData("I3", "I4", false)]
    [InlineData("R?", "R? More?", true)]
    public void A_changed_file_is_read_again(string before, string after, bool keepTime)
    {
        using DataRoot root = NewRoot();
        string path = Path.Join(root.Path, "data.json");
        DateTime time = File.GetLastWriteTimeUtc(path);
        _ = Load(root);
        File.WriteAllText(path, Text.Replace(before, after));
        File.SetLastWriteTimeUtc(path, keepTime ? time : time.AddSeconds(1));
        Load(root).Reports.Should().Contain(report => report.Path == path && !report.FromCache);
    }

    [Fact]
    public void A_damaged_entry_is_ignored_and_made_again()
    {
        using DataRoot root = NewRoot();
        DatasetIndex first = Load(root).Index;
        foreach (string entry in Directory.GetFiles(root.Cache.Folder.Path!))
        {
            byte[] bytes = File.ReadAllBytes(entry);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(entry, bytes);
        }

        (DatasetIndex again, IReadOnlyList<IndexProgress> reports) = Load(root);
        reports.Should().OnlyContain(report => !report.FromCache);
        again.Should().BeEquivalentTo(first, options => options.Excluding(index => index.Reader));
        Load(root).Reports.Should().OnlyContain(report => report.FromCache);
        Directory.GetFiles(root.Cache.Folder.Path!).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_is_no_error()
    {
        using DataRoot root = NewRoot();
        _ = root.Write("blocked", "a file where the folder should be");
        var settings = new DataSettings { Sources = [DataRoot.Entry("mimic-it", images: "images.json")] };
        var blocked = new CacheFolder(Path.Join(root.Path, "blocked/cache"));
        SourceCatalog catalog = await SourceLoader.LoadAsync(settings, root.Path, new IndexCache(blocked));
        catalog["mine"].RecordCount.Should().Be(2);
    }

    [Fact]
    public async Task Without_a_folder_nothing_is_kept()
    {
        using DataRoot root = NewRoot();
        var settings = new DataSettings { Sources = [DataRoot.Entry("mimic-it", images: "images.json")] };
        var reports = new Reports();
        for (int run = 0; run < 2; run++)
            _ = await SourceLoader.LoadAsync(settings, root.Path, new IndexCache(new CacheFolder(null)), reports);
        reports.All.Should().HaveCountGreaterThan(2).And.OnlyContain(report => !report.FromCache);
    }

    [Fact]
    public void A_use_marks_an_entry_as_used()
    {
        using DataRoot root = NewRoot();
        _ = Load(root);
        Age(root, days: 20);
        _ = Load(root);
        foreach (CacheEntry entry in root.Cache.Folder.List())
            entry.LastUsed.Should().BeCloseTo(DateTime.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_run_that_adds_an_entry_removes_those_that_are_too_old()
    {
        using DataRoot root = NewRoot();
        _ = Load(root);
        Age(root, days: 40);
        File.WriteAllText(Path.Join(root.Path, "other.json"), Text);
        _ = root.Load(DataRoot.Entry("mimic-it", annotations: "other.json", images: "images.json"));
        root.Cache.Folder.List().Should().HaveCount(2, "the images were used, and the other annotations were not");
    }

    private static void Age(DataRoot root, int days)
    {
        foreach (CacheEntry entry in root.Cache.Folder.List())
            File.SetLastWriteTimeUtc(entry.Path, DateTime.UtcNow.AddDays(-days));
    }

    private sealed class Reports : IProgress<IndexProgress>
    {
        private readonly List<IndexProgress> _all = [];

        public IReadOnlyList<IndexProgress> All => _all;

        public void Report(IndexProgress value)
        {
            lock (_all)
                _all.Add(value);
        }
    }
}
