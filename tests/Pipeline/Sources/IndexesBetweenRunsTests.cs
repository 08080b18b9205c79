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
        foreach (string entry in Directory.GetFiles(root.Cache.Folder))
        {
            byte[] bytes = File.ReadAllBytes(entry);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(entry, bytes);
        }

        (DatasetIndex again, IReadOnlyList<IndexProgress> reports) = Load(root);
        reports.Should().OnlyContain(report => !report.FromCache);
        again.Should().BeEquivalentTo(first, options => options.Excluding(index => index.Reader));
        Load(root).Reports.Should().OnlyContain(report => report.FromCache);
        Directory.GetFiles(root.Cache.Folder).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_is_no_error()
    {
        using DataRoot root = NewRoot();
        _ = root.Write("blocked", "a file where the folder should be");
        var settings = new DataSettings { Sources = [DataRoot.Entry("mimic-it", images: "images.json")] };
        SourceCatalog catalog =
            await SourceLoader.LoadAsync(settings, root.Path, new IndexCache(Path.Join(root.Path, "blocked/cache")));
        catalog["mine"].RecordCount.Should().Be(2);
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
