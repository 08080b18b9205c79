using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Tests.Images;

namespace VisualChat.Pipeline.Tests.Blending;

/// <summary>
/// A blend that leaves nothing to train on is no success: it says why, writes its rejects, and
/// keeps nothing that would stand in the way of another try.
/// </summary>
public sealed class NothingLeftTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";

    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly StringWriter _error = new();
    private string _sources = "- { name: mine, format: conversations, annotations: [mine.jsonl], images: photos }";

    public NothingLeftTests() => Directory.CreateDirectory(At("photos"));

    public void Dispose()
    {
        _error.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Records_of_one_fault_are_counted_and_the_first_are_named_with_their_field()
    {
        Write("mine.jsonl", Line("3"), Line("true"));

        (await BlendAsync()).Should().Be(ExitCode.WrongInput);

        ErrorLines().Should().Equal(
            "error: The recipe gives no sample from this data.",
            "error: mine: none of its 2 records can be used: 2 wrong-type, such as "
                + "mine.jsonl[0]: 'images' is not a string, an object or an array; "
                + "mine.jsonl[1]: 'images' is not a string, an object or an array.",
            $"error: '{At("out/rejects.jsonl")}' names every record that was left out.");
        File.ReadAllLines(At("out/rejects.jsonl")).Should().HaveCount(2);
        File.Exists(At("out/manifest.json")).Should().BeFalse();
    }

    [Fact]
    public async Task Images_that_all_turn_out_unusable_are_named()
    {
        Write("mine.jsonl", Line("[\"a.jpg\"]"), Line("[\"b.jpg\"]"));
        Write("photos/a.jpg", Pointer);
        File.WriteAllBytes(At("photos/b.jpg"), ImageData.Source("portrait.jpg")[..2000]);

        (await BlendAsync()).Should().Be(ExitCode.WrongInput);

        ErrorLines()[1].Should().Be(
            "error: mine: none of its 2 records can be used: 1 image-damaged, such as mine.jsonl[1]: photos/b.jpg: "
            + "the JPEG has no end marker: it was cut off; 1 not-an-image, such as mine.jsonl[0]: photos/a.jpg: "
            + "this is a Git LFS pointer, not the file: run 'git lfs pull'.");
        File.ReadAllLines(At("out/rejects.jsonl")).Should().HaveCount(2);
        Directory.GetFiles(At("out/data")).Should().BeEmpty();
    }

    [Fact]
    public async Task The_same_folder_takes_the_blend_once_the_data_is_put_right()
    {
        Write("mine.jsonl", Line("[\"a.jpg\"]"));
        Write("photos/a.jpg", Pointer);
        (await BlendAsync()).Should().Be(ExitCode.WrongInput);

        File.WriteAllBytes(At("photos/a.jpg"), ImageData.Source("dot.jpg"));

        (await BlendAsync()).Should().Be(ExitCode.Done);
        File.ReadAllText(At("out/rejects.jsonl")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_file_without_a_record_is_no_success()
    {
        Write("mine.jsonl", "", "");

        (await BlendAsync()).Should().Be(ExitCode.WrongInput);

        ErrorLines().Should().Equal(
            "error: The recipe gives no sample from this data.",
            "error: mine: its annotations hold no record.");
    }

    [Fact]
    public async Task A_blend_with_everything_held_out_is_no_success()
    {
        Write("mine.jsonl", Line("[\"a.jpg\"]"));
        File.WriteAllBytes(At("photos/a.jpg"), ImageData.Source("dot.jpg"));

        (await BlendAsync("--set", "data.validation.by=image", "--set", "data.validation.fraction=0.9"))
            .Should().Be(ExitCode.WrongInput);

        ErrorLines().Should().Equal(
            "error: The recipe gives no sample to train on: all 1 are held out (data.validation).");
    }

    [Fact]
    public async Task A_plan_without_a_sample_is_no_success_either()
    {
        Write("mine.jsonl", Line("3"));

        (await BlendAsync("--dry-run")).Should().Be(ExitCode.WrongInput);

        ErrorLines()[^1].Should().Be(
            "error: mine: none of its 1 records can be used: 1 wrong-type, such as "
            + "mine.jsonl[0]: 'images' is not a string, an object or an array.");
        Directory.Exists(At("out")).Should().BeFalse();
    }

    [Fact]
    public async Task A_dataset_that_gives_nothing_beside_one_that_does_is_warned_of()
    {
        Write("mine.jsonl", Line("[\"a.jpg\"]"));
        Write("other.jsonl", Line("[\"gone.jpg\"]"));
        File.WriteAllBytes(At("photos/a.jpg"), ImageData.Source("dot.jpg"));

        _sources += "\n    - { name: other, format: conversations, annotations: [other.jsonl], images: photos }";

        (await BlendAsync()).Should().Be(ExitCode.Done);

        ErrorLines().Where(line => line.StartsWith("warning")).Should().Equal(
            "warning: other: none of its 1 records can be used: 1 image-missing, such as "
                + "other.jsonl[0]: photos/gone.jpg is not there.",
            "warning: the entry 'other' has no sample in this blend.");
    }

    private Task<int> BlendAsync(params string[] options)
    {
        Write("recipe.yaml", $$"""
            name: x
            tokenizer: {{PlannedBlend.TokenizerPath}}
            images: { size: 28 }
            data:
              validation: { fraction: 0 }
              sources:
                {{_sources}}
            """);
        string[] output = options.Contains("--dry-run") ? [] : ["--out", At("out")];
        return CommandLine.RunAsync(
            ["blend", At("recipe.yaml"), "--data", _root, .. output, .. options], TextWriter.Null, _error);
    }

    private string[] ErrorLines() => _error.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    private static string Line(string images) =>
        """{"messages": [{"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A."}], """
        + $"\"images\": {images}}}";

    private string At(string path) => Path.Combine(_root, path);

    private void Write(string path, params string[] lines) => File.WriteAllLines(At(path), lines);
}
