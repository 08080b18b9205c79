using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class UserConversationTests
{
    private static DatasetIndex Load(DataRoot root, params string[] lines) =>
        root.WithPhotos("a.jpg", "b.jpg").LoadText("conversations", string.Join("\n", lines))["mine"];

    [Theory]
    [InlineData(
        """{"messages": [{"role": "user", "content": "<image>\n<image>\nSame?"}, """
        + """{"role": "assistant", "content": "No."}], "images": ["a.jpg", "b.jpg"]}""", "Same?")]
    [InlineData(
        """{"conversations": [{"role": "human", "content": "Is <image> like <image>"}, """
        + """{"role": "gpt", "content": "No."}], "images": ["a.jpg", "b.jpg"]}""", "Is like")]
    [InlineData(
        """{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user","""
        + """ "content": "<image><image>Same?"}, {"role": "assistant", "content": "No."}],"""
        + """ "images": ["a.jpg", "b.jpg"]}""", "Same?")]
    [InlineData(
        """{"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "image","""
        + """ "image": "b.jpg"}, {"type": "text", "text": "One"}, {"type": "text","""
        + """ "text": "Two?"}]}, {"role": "assistant", "content": [{"type": "text","""
        + """ "text": "No."}]}], "images": ["a.jpg"]}""", "One\nTwo?")]
    [InlineData(
        """{"messages": [{"role": "user", "content": [{"type": "image_url","""
        + """ "image_url": {"url": "a.jpg"}}, {"type": "image_url", "image_url": "b.jpg"}, """
        + """{"type": "text", "text": "Same?"}]}, {"role": "assistant", "content": "No."}]}""", "Same?")]
    public void Messages_become_rounds_and_marks_or_parts_show_images(string line, string question)
    {
        using DataRoot root = new();
        DatasetIndex index = Load(root, line);
        index.Rejects.Should().BeEmpty();
        RecordRound round = index.Reader.Read(0, 1).Should().ContainSingle().Subject;
        round.Question.Should().Be(question);
        round.Answer.Should().Be("No.");
        round.Images.Should().Equal(0, 1);
    }

    [Fact]
    public void Later_rounds_may_show_images_of_their_own()
    {
        using DataRoot root = new();
        DatasetIndex index = Load(root,
            """{"id": 7, "messages": [{"role": "user", "content": "<image>1?"}, """
            + """{"role": "assistant", "content": "1"}, {"role": "user", "content": "2? <image>"}, """
            + """{"role": "assistant", "content": "2"}], "images": ["b.jpg", "a.jpg"]}""");
        index.Rounds.Should().Equal(2);
        index.FirstRoundImages.Should().Equal(1);
        index.Reader.LabelOf(0).Should().Be("7");
        index.Reader.Read(0, 1)[1].Images.Should().Equal(1);
        index.Reader.Read(0, 1)[1].Question.Should().Be("2?");
    }

    [Fact]
    public void Each_unusable_line_is_rejected_with_its_reason()
    {
        using DataRoot root = new();
        DatasetIndex index = Load(root,
            """{"id": "x", "messages": [{"role": "user", "content": "<image>1?"}, """
                + """{"role": "assistant", "content": "1"}], "images": ["a.jpg"]}""",
            "",
            """{"id": "x", "messages": [{"role": "user", "content": "<image>1?"}, """
                + """{"role": "assistant", "content": "1"}], "images": ["a.jpg"]}""",
            """{"id": "y", "messages": [""",
            """{"messages": [{"role": "user", "content": "<image>1?"}, {"role": "assistant","""
                + """ "content": "1"}], "images": ["a.jpg", "b.jpg"]}""",
            """{"messages": [{"role": "user", "content": "<image><image>1?"}, {"role": "assistant","""
                + """ "content": "1"}], "images": ["a.jpg"]}""",
            """{"messages": [{"role": "user", "content": "<image>1?"}, {"role": "assistant","""
                + """ "content": "<image>"}], "images": ["a.jpg"]}""",
            """{"messages": [{"role": "user", "content": "1?"}, {"role": "assistant", "content": "1"}]}""",
            """{"messages": [{"role": "user", "content": "<image>1?"}, {"role": "system","""
                + """ "content": "1"}], "images": ["a.jpg"]}""",
            """{"messages": [{"role": "user", "content": [{"type": "video"}]}, {"role": "assistant","""
                + """ "content": "1"}]}""",
            """{"images": ["a.jpg"]}""",
            "[1] 2\r");
        index.RecordsRead.Should().Be(11);
        index.Rejects.Select(reject => (reject.Record, reject.Reason)).Should().Equal(
            ("data.json[1]", RejectReason.DuplicateId),
            ("data.json[2]", RejectReason.InvalidJson),
            ("data.json[3]", RejectReason.ImageMarks),
            ("data.json[4]", RejectReason.ImageMarks),
            ("data.json[7]", RejectReason.OddRounds),
            ("data.json[8]", RejectReason.WrongType),
            ("data.json[9]", RejectReason.MissingKey),
            ("data.json[10]", RejectReason.InvalidJson));
    }

    [Fact]
    public void A_conversation_may_show_no_image()
    {
        using DataRoot root = new();
        DatasetIndex index = Load(root,
            """{"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant","""
            + """ "content": "Hello."}]}""");

        index.Rejects.Should().BeEmpty();
        index.ImagesOf(0).Length.Should().Be(0);
        index.Reader.Read(0, seed: 1)
            .Should().ContainSingle().Which.Should().BeEquivalentTo(new RecordRound("Hello", "Hello.", []));
    }
}
