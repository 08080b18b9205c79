using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tests.Images;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Validation;

public sealed class RecipeValidationTests : IDisposable
{
    private static readonly string Tokenizer = Path.Combine(
        AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model");

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-validation-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_good_recipe_and_root_have_no_problem_and_are_counted()
    {
        Write("root/mine.json", """
            [{"id": "1", "image": "a.jpg",
              "conversations": [{"from": "human", "value": "<image>\nWhat?"},
                               {"from": "gpt", "value": "A."}]},
             {"id": "2", "image": "gone.jpg",
              "conversations": [{"from": "human", "value": "<image>\nWhat?"},
                               {"from": "gpt", "value": "B."}]},
             {"id": "3", "image": "a.jpg",
              "conversations": [{"from": "human", "value": "<image>\nWhat?"},
                               {"from": "gpt", "value": ""}]}]
            """);
        WriteImage("root/photos/a.jpg", "dot.jpg");

        ValidationReport report = await Check(
            "data: { sources: [{ name: mine, format: llava, annotations: [mine.json], images: photos }] }", At("root"));

        report.Problems.Should().BeEmpty();
        report.IsValid.Should().BeTrue();
        SourceReport source = report.Sources.Should().ContainSingle().Subject;
        (
            source.Name,
            source.RecordsRead,
            source.RecordsUsable,
            source.Conversations,
            source.Images,
            source.RecordsMissingImages)
            .Should().Be(("mine", 3, 1, 1, 1, 1));
        source.Rejected.Should()
            .BeEquivalentTo([
                new RejectSummary(
                    RejectReason.ImageMissing, 1, ["mine.json[1]: photos/gone.jpg is not there"]),
                new RejectSummary(RejectReason.EmptyAnswer, 1, ["mine.json[2]: round 1 answers nothing"]),
            ]);
        source.ImagesLookedAt.Should().BeEquivalentTo(new ImageSpotCheck(1, 0, []));
    }

    [Fact]
    public async Task Images_that_are_none_are_a_problem_though_every_file_is_there()
    {
        Write("root/mine.json", """
            [{"id": "1", "image": "a.jpg",
              "conversations": [{"from": "human", "value": "<image>\nWhat?"},
                               {"from": "gpt", "value": "A."}]},
             {"id": "2", "image": "b.jpg",
              "conversations": [{"from": "human", "value": "<image>\nWhat?"},
                               {"from": "gpt", "value": "B."}]}]
            """);
        Write("root/photos/a.jpg", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        Write("root/photos/b.jpg", "<html>404</html>");

        ValidationReport report = await Check(
            "data: { sources: [{ name: mine, format: llava, annotations: [mine.json], images: photos }] }", At("root"));

        report.Problems.Should().Equal(
            "mine: of 2 images looked at, none can be used: "
            + "photos/a.jpg: this is a Git LFS pointer, not the file: run 'git lfs pull'; "
            + "photos/b.jpg: the bytes are no JPEG, PNG, GIF, WebP, BMP, TIFF or PPM");
    }

    [Fact]
    public async Task Annotations_that_are_a_Git_LFS_pointer_are_named_for_what_they_are()
    {
        Write("root/mine.json", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        Directory.CreateDirectory(At("root/photos"));

        ValidationReport report = await Check(
            "data: { sources: [{ name: mine, format: llava, annotations: [mine.json], images: photos }] }", At("root"));

        report.Problems.Should().Equal(
            $"{At("root/mine.json")}: this is a Git LFS pointer, not the file: run 'git lfs pull'.");
    }

    [Fact]
    public async Task Records_that_a_plan_cannot_use_are_a_problem()
    {
        Write("root/mine.jsonl", """
            {"messages": [{"role": "user", "content": "<image><image>What?"},
            """.TrimEnd() + """
             {"role": "assistant", "content": "A."}], "images": ["a.jpg", "a.jpg"]}
            """);
        WriteImage("root/photos/a.jpg", "dot.jpg");

        ValidationReport report = await Check(
            "data: { max_images: 1, sources: "
            + "[{ name: mine, format: conversations, annotations: [mine.jsonl], images: photos }] }",
            At("root"));

        report.Problems.Should().Equal(
            "the recipe gives no sample from this data",
            "mine: 1 too-many-images, such as mine.jsonl[0]: its first round shows 2 images; data.max_images is 1");
    }

    [Fact]
    public async Task A_source_without_a_usable_record_is_a_problem()
    {
        Write("root/mine.json", """
            [{"id": "1", "image": "gone.jpg",
              "conversations": [{"from": "human", "value": "<image>\nWhat?"},
                               {"from": "gpt", "value": "A."}]}]
            """);
        Write("root/photos/a.jpg", "");

        ValidationReport report = await Check(
            "data: { sources: [{ name: mine, format: llava, annotations: [mine.json], images: photos }] }", At("root"));

        report.Problems.Should().Equal(
            "mine: none of its 1 records can be used: "
            + "1 image-missing, such as mine.json[0]: photos/gone.jpg is not there");
    }

    [Fact]
    public async Task Missing_files_and_a_missing_tokenizer_are_all_listed_with_where_to_get_them()
    {
        Directory.CreateDirectory(At("root"));

        ValidationReport report = await Check(
            "data: { sources: [{ name: llava_dial }] }", At("root"), tokenizer: "none.model");

        report.Problems.Should().HaveCount(3);
        report.Problems[0].Should().Contain("none.model").And.Contain("'tokenizer'");
        report.Problems[1].Should().Contain("llava/conversation_58k.json").And.Contain("https://");
        report.Problems[2].Should().Contain("coco/train2017").And.Contain("https://");
        report.IsValid.Should().BeFalse();
    }

    [Fact]
    public async Task A_data_root_that_is_not_there_is_listed_beside_the_recipes_problems()
    {
        ValidationReport report = await Check("data: { sources: [{ name: lava }] }", At("nowhere"));

        report.Problems.Should().Equal(
            $"--data {At("nowhere")} is not there; name the folder with the datasets",
            "unknown source 'lava' ('data.sources.0.name', line 3); did you mean 'llava'? Your own data needs a " +
            "'format'");
    }

    [Fact]
    public async Task A_recipe_without_its_own_world_needs_a_data_root() =>
        (await Check("data: { sources: [{ name: llava }] }", null)).Problems
            .Should().Equal("the recipe reads files: name the folder they are in with --data");

    [Fact]
    public async Task A_recipe_with_its_own_world_needs_none() =>
        (await Check("data: { sources: [{ name: llava }], sample_world: {} }", null)).Problems.Should().BeEmpty();

    [Fact]
    public async Task A_file_that_is_not_json_is_a_problem_and_not_a_failure()
    {
        Write("root/mine.json", """[{"id": "1", ]""");
        Directory.CreateDirectory(At("root/photos"));

        ValidationReport report = await Check(
            "data: { sources: [{ name: mine, format: llava, annotations: [mine.json], images: photos }] }", At("root"));

        report.Problems.Should().ContainSingle().Which.Should().Contain("mine.json");
    }

    private Task<ValidationReport> Check(string data, string? root, string? tokenizer = null)
    {
        Write("recipe.yaml", $"name: x\ntokenizer: {tokenizer ?? Tokenizer}\n{data}\n");
        var cache = new IndexCache(new CacheFolder(At("cache")));
        return RecipeValidation.CheckAsync(
            At("recipe.yaml"), [], root, [], new RunPlace([], null), cache, null, CancellationToken.None);
    }

    private string At(string path) => Path.Combine(_folder, path);

    private void WriteImage(string path, string source)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllBytes(At(path), ImageData.Source(source));
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }
}
