using System.Text.Json;
using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Tests.Inspection;

public sealed class InspectCommandTests : IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public async Task InitializeAsync()
    {
        var odd = new RowImage(InspectedRows.OddPicture, "odd.png");
        SampleRow first = InspectedRows.Joined with { Id = "first", Images = [odd, odd] };
        SampleRow held = InspectedRows.Asking("held\u001b[2J out?") with { Id = "third" };
        await InspectedRows.WriteAsync(_folder, "train", first, InspectedRows.Joined);
        await InspectedRows.WriteAsync(_folder, "validation", held);
        File.Copy(InspectedRows.Tokenizer, Path.Combine(_folder, "tokenizer.model"));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_summary_counts_both_splits()
    {
        (await RunAsync()).Should().Be(0);

        string text = _output.ToString();
        text.Should().Contain("train: 2 samples in 1 shard,")
            .And.Contain("validation: 1 sample in 1 shard,").And.NotContain("\u001b");
        text.Should().MatchRegex(@"llava_otter_blend\s+2\s+4\s+4\s+563\s+563\s+563\s+563");
        text.Should().MatchRegex(@"otter_mimicit_cgd\s+2\s+2\s+2\s");
        text.Should().MatchRegex(@"563-563 █+ 2");
    }

    [Fact]
    public async Task The_summary_as_JSON_is_one_document()
    {
        (await RunAsync("--json")).Should().Be(0);

        using JsonDocument json = JsonDocument.Parse(_output.ToString());
        JsonElement train = json.RootElement.GetProperty("splits")[0];
        train.GetProperty("total").GetProperty("sequence_tokens").GetProperty("p95").GetInt32().Should().Be(563);
        train.GetProperty("sources")[1].GetProperty("name").GetString().Should().Be("otter_mimicit_cgd");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("llava_otter_blend-000000007")]
    public async Task A_sample_is_shown_as_a_conversation_with_what_is_trained_marked(string sample)
    {
        (await RunAsync("--sample", sample)).Should().Be(0);

        _output.ToString().ReplaceLineEndings("\n").Should().Be(
            """
            llava_otter_blend-000000007
            made by llava_otter_blend from llava, otter_mimicit_cgd
            2 images, 2 rounds, 49 text tokens of which 6 trained, 563 positions in the model
              image 1: coco/train2017/000000000009.jpg (ppm 2 x 2, 23 bytes)
              image 2: coco/train2017/000000000025.jpg (ppm 2 x 2, 23 bytes)
            trained tokens stand between « and »

            round 1: llava, llava/detail_23k.json[4]
            <s>### Image 1:
            <image 1>

            ### Question:
            please describe the image.

            ### Answer:
            «Nothing.</s>»

            round 2: otter_mimicit_cgd, CGD_INS_000001
            <s>### Image 2:
            <image 2>

            ### Answer:
            «Nothing.</s>»

            """);
    }

    [Fact]
    public async Task A_sample_of_the_other_split_is_found_by_id_and_by_number_there()
    {
        (await RunAsync("--sample", "third", "--json")).Should().Be(0);
        using JsonDocument json = JsonDocument.Parse(_output.ToString());
        json.RootElement.GetProperty("turns")[0].GetProperty("question").GetString().Should().Be("held\u001b[2J out?");

        _output.GetStringBuilder().Clear();
        (await RunAsync("--sample", "0", "--split", "validation", "--json")).Should().Be(0);
        _output.ToString().Should().Contain("\"third\"");
    }

    [Fact]
    public async Task Page_and_tensors_are_written_whole_under_their_names()
    {
        string page = Path.Combine(_folder, "page.html");
        string tensors = Path.Combine(_folder, "sample.safetensors");

        int code = await RunAsync("--sample", "0", "--html", page, "--tensors", tensors, "--json");
        code.Should().Be(0, _error.ToString());

        (await File.ReadAllTextAsync(page)).Should().EndWith("</html>\n")
            .And.Contain("\"id\":\"first\"").And.NotContain("000000007");
        new FileInfo(tensors).Length.Should().BeGreaterThan(2 * 3 * 224 * 224 * 4);
        Directory.GetFiles(_folder, "*.tmp").Should().BeEmpty();
        _error.ToString().Should().Contain($"Wrote {page}.").And.Contain($"Wrote {tensors}.");
    }

    [Fact]
    public async Task A_page_holds_as_many_samples_as_asked()
    {
        string page = Path.Combine(_folder, "page.html");

        (await RunAsync("--html", page, "--samples", "1")).Should().Be(0);

        (await File.ReadAllTextAsync(page)).Should().Contain("\"id\":\"first\"")
            .And.NotContain("000000007").And.Contain("\"total\":2");
    }

    [Theory]
    [InlineData("no sample 2 in train, which has 2, counted from 0", "--sample", "2")]
    [InlineData("no sample 'none' in train or validation", "--sample", "none")]
    [InlineData("--tensors needs --sample", "--tensors", "x.safetensors")]
    [InlineData("--samples is for the page that --html writes", "--samples", "3")]
    [InlineData("--samples must be at least 1", "--html", "page.html", "--samples", "0")]
    [InlineData("there is no folder", "--html", "no/such/folder/page.html")]
    public async Task Wrong_usage_says_what_is_wrong(string message, params string[] arguments)
    {
        (await RunAsync(arguments)).Should().Be(2);
        _error.ToString().Should().Contain(message);
        _output.ToString().Should().BeEmpty();
    }

    [Fact]
    public async Task A_damaged_shard_fails_by_name()
    {
        string shard = Path.Combine(_folder, "data", "train-00000-of-00001.parquet");
        await File.WriteAllTextAsync(shard, "no parquet at all");

        (await RunAsync()).Should().Be(1);
        _error.ToString().Should().Contain("train-00000-of-00001.parquet: not a whole Parquet file");
    }

    private Task<int> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync(["inspect", _folder, .. arguments], _output, _error);
}
