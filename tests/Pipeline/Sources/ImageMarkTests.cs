using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// No mark is left in a question as words: it shows an image, is taken out and counted, or its
/// record is rejected. In an answer it is text.
/// </summary>
public sealed class ImageMarkTests
{
    private static DatasetIndex Load(DataRoot root, string format, string images, params string[] questions)
    {
        IEnumerable<string> turns = questions.Select(question =>
            $$"""{"from": "human", "value": "{{question}}"}, {"from": "gpt", "value": "<image> <|image|>"}""");
        string record = $$"""{"images": [{{images}}], "conversations": [{{string.Join(", ", turns)}}]}""";
        return root.WithPhotos("a.jpg", "b.jpg").LoadText(format, $"[{record}]")["mine"];
    }

    [Theory]
    [InlineData("\"a.jpg\"", "Look at <image> and say.", "Look at and say.", "marks-moved")]
    [InlineData("\"a.jpg\"", "What is it?", "What is it?", "images-put-first")]
    [InlineData("\"a.jpg\"", "<image>\\nWhat is it?", "What is it?", "")]
    [InlineData("\"a.jpg\"", "What is it?\\n<image>\\n", "What is it?", "")]
    [InlineData("\"a.jpg\"", "<Image><image></Image>What?", "What?", "")]
    [InlineData("\"a.jpg\"", "<image 1>What?", "What?", "foreign-marks")]
    [InlineData("\"a.jpg\"", "<image_0>What?", "What?", "foreign-marks")]
    [InlineData("\"a.jpg\"", "<|vision_start|><|image_pad|><|vision_end|>What?", "What?", "foreign-marks")]
    [InlineData("\"a.jpg\"", "<img><IMG_CONTEXT></img>What?", "What?", "foreign-marks")]
    [InlineData("\"a.jpg\"", "<image>How do I use <Image> here?", "How do I use <Image> here?", "")]
    [InlineData("\"a.jpg\", \"b.jpg\"", "<image><image>\\nWhat?", "What?", "")]
    [InlineData("\"a.jpg\", \"b.jpg\"", "Is <image> like <image>?", "Is like ?", "marks-moved")]
    [InlineData("", "What does <video> do, and [IMG]?", "What does <video> do, and [IMG]?", "")]
    public void A_mark_shows_an_image_and_what_was_moved_is_counted(
        string images, string question, string expected, string mended)
    {
        using DataRoot root = new();
        foreach (string format in (string[])["llava", "conversations"])
        {
            DatasetIndex index = Load(root, format, images, question);
            index.Rejects.Should().BeEmpty();
            RecordRound round = index.Reader.Read(0, 1).Single();
            round.Question.Should().Be(expected);
            round.Answer.Should().Be("<image> <|image|>");
            round.Images.Should().Equal(Enumerable.Range(0, index.ImagesOf(0).Length));
            index.Mended.Select(summary => summary.Name).Should().Equal(mended.Length == 0 ? [] : [mended]);
        }
    }

    [Theory]
    [InlineData("\"a.jpg\"", "<image><image>\\nWhat?")]
    [InlineData("\"a.jpg\"", "<image>\\n<|image|>What?")]
    [InlineData("\"a.jpg\", \"b.jpg\"", "<image>\\nWhat?")]
    [InlineData("\"a.jpg\", \"b.jpg\"", "<image 2><image 1>What?")]
    [InlineData("\"a.jpg\"", "<img>b.jpg</img>What?")]
    [InlineData("", "<image>\\nWhat?")]
    [InlineData("", "<|image|>What?")]
    public void Marks_that_do_not_add_up_reject_the_record(string images, string question)
    {
        using DataRoot root = new();
        foreach (string format in (string[])["llava", "conversations"])
        {
            Load(root, format, images, question)
                .Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMarks);
        }
    }

    [Fact]
    public void Only_llava_may_mark_the_same_images_again_in_a_later_round()
    {
        using DataRoot root = new();
        string images = "\"a.jpg\", \"b.jpg\"";
        DatasetIndex index = Load(root, "llava", images, "<image><image>One?", "<image>\\n<image>\\nTwo?");
        index.Rejects.Should().BeEmpty();
        index.Mended.Should().ContainSingle().Which.Should().Be(new MendSummary("marks-removed", 1, "data.json[0]"));
        index.Reader.Read(0, 1)[1].Should().BeEquivalentTo(new RecordRound("Two?", "<image> <|image|>", []));

        Load(root, "conversations", "\"a.jpg\"", "<image>One?", "<image>Two?")
            .Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMarks);
    }

    [Fact]
    public void A_mark_beside_an_image_part_says_so_again_and_is_removed()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        string Record(string text) =>
            $$"""
            {"messages": [{"role": "user", "content": [{"type": "image", "image": "a.jpg"},
              {"type": "text", "text": "{{text}}"}]}, {"role": "assistant", "content": "A."}]}
            """;
        string records = Record("<image>What?") + "\n" + Record("<image><image>?");
        DatasetIndex index = root.LoadText("conversations", records)["mine"];
        index.Reader.Read(0, 1).Single().Question.Should().Be("What?");
        index.Mended.Should().ContainSingle().Which.Should().Be(new MendSummary("marks-removed", 1, "data.json[0]"));
        index.Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMarks);
    }

    [Fact]
    public void A_system_text_that_is_left_out_is_counted()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        string turns = """{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}""";
        DatasetIndex index = root.LoadText("conversations", $$"""
            {"messages": [{"role": "system", "content": "S"}, {{turns}}]}
            {"system": "S", "messages": [{{turns}}]}
            {"system": "", "messages": [{{turns}}]}
            """)["mine"];
        index.RecordCount.Should().Be(3);
        index.Mended.Should().ContainSingle().Which.Should().Be(new MendSummary("system-left-out", 2, "data.json[0]"));
    }
}
