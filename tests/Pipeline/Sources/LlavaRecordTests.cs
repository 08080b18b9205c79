using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class LlavaRecordTests
{
    private static string Record(string question, string answer = "A cat.", string image = "a.jpg") =>
        $$"""
        {"id": "1", "image": "{{image}}", "conversations": [
          {"from": "human", "value": "{{question}}"}, {"from": "gpt", "value": "{{answer}}"}]}
        """;

    private static DatasetIndex Load(DataRoot root, string text) => root.LoadText("llava", text)["mine"];

    [Theory]
    [InlineData(@"<image>\nWhat is it?", "What is it?")]
    [InlineData(@"What is it?\n<image>", "What is it?")]
    [InlineData(@"<image>\r\nWhat is it?", "What is it?")]
    [InlineData(@"<image>What is it?", "What is it?")]
    [InlineData("What is it?", "What is it?")]
    [InlineData(@"What\nis <image> it?", "What\nis it?")]
    [InlineData(@"What is it?\n<image>\n", "What is it?")]
    [InlineData(@" <image>\nWhat is it?", "What is it?")]
    [InlineData(@"<image>\n\u732b \ud83d\ude00 \/", "猫 😀 /")]
    public void The_mark_of_the_first_question_is_removed_wherever_it_stands(string question, string expected)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        SourceCatalog catalog = root.LoadText("llava", $"[{Record(question)}]");
        RecordRound round = catalog["mine"].Reader.Read(0, 1).Should().ContainSingle().Subject;
        round.Question.Should().Be(expected);
        round.Answer.Should().Be("A cat.");
        round.Images.Should().Equal(0);
        catalog.Images.PathOf(0).Should().Be("photos/a.jpg");
        catalog.Images.LengthOf(0).Should().Be(3);
        catalog.Images.Read(0).Should().Equal(1, 2, 3);
    }

    [Fact]
    public void A_mark_in_a_later_round_names_the_image_again_and_is_removed()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        DatasetIndex index = Load(root, """
            [{"image": "a.jpg", "extra": [1, {"x": "]"}], "conversations": [
              {"from": "human", "value": "<image>\nOne?"}, {"value": "1", "from": "gpt"},
              {"from": "human", "value": "<image>\nTwo?"}, {"from": "gpt", "value": "2"}]}]
            """);
        index.Rounds.Should().Equal(2);
        index.FirstRoundImages.Should().Equal(1);
        IReadOnlyList<RecordRound> rounds = index.Reader.Read(0, 1);
        rounds[1].Question.Should().Be("Two?");
        index.Mended.Should().ContainSingle().Which.Should().Be(new MendSummary("marks-removed", 1, "data.json[0]"));
        rounds[1].Images.Should().BeEmpty();
    }

    [Fact]
    public void Each_unusable_record_is_rejected_with_its_reason_and_the_others_stay()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "b.jpg");
        _ = root.Write("photos/empty.jpg", "");
        DatasetIndex index = Load(root, $$"""
            [{{Record("One?")}}, 7, {{Record("<image>\\n")}}, {{Record("Q", " \\n\\u00a0")}},
             {{Record("Q", "\\ud800")}},
             {"image": "a.jpg"}, {"image": 3, "conversations": []}, {"image": "a.jpg", "conversations": []},
             {"image": "a.jpg", "conversations": [{"from": "gpt", "value": "x"}, {"from": "human", "value": "y"}]},
             {"image": "a.jpg", "conversations": [{"from": "human", "value": "x"}]},
             {"image": "a.jpg", "conversations": [{"from": "human"}, {"from": "gpt", "value": "y"}]},
             {{Record("Q", image: "none.jpg")}}, {{Record("Q", image: "empty.jpg")}},
             {{Record("<image><image>")}}, {{Record("Two?", image: "b.jpg")}}]
            """);
        index.Rejects.Select(reject => (reject.Ordinal, reject.Reason)).Should().Equal(
            (1, RejectReason.WrongType),
            (2, RejectReason.EmptyQuestion),
            (3, RejectReason.EmptyAnswer),
            (4, RejectReason.InvalidText),
            (5, RejectReason.MissingKey),
            (6, RejectReason.WrongType),
            (7, RejectReason.OddRounds),
            (8, RejectReason.OddRounds),
            (9, RejectReason.OddRounds),
            (10, RejectReason.MissingKey),
            (11, RejectReason.ImageMissing),
            (12, RejectReason.ImageEmpty),
            (13, RejectReason.ImageMarks));
        index.RecordOrdinals.Should().Equal(0, 14);
        index.RecordsRead.Should().Be(15);
        index.Reader.LabelOf(1).Should().Be("data.json[14]");
        index.Reader.Read(1, 1)[0].Question.Should().Be("Two?");
        index.Rejects[11 - 1].Detail.Should().Be("photos/none.jpg is not there");
    }

    [Fact]
    public void Bytes_that_are_not_utf8_reject_the_record_alone()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        byte[] text = System.Text.Encoding.Latin1.GetBytes($"[{Record("Caf\u00e9?")}, {Record("Fine?")}]");
        _ = root.Write("data.json", text);
        DatasetIndex index = root.Load(DataRoot.Entry("llava"))["mine"];
        index.Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.InvalidText);
        index.RecordOrdinals.Should().Equal(1);
    }

    [Theory]
    [InlineData("", "line 1, byte 0")]
    [InlineData("[1,]", "line 1, byte 3")]
    [InlineData("[1 2]", "line 1, byte 3")]
    [InlineData("[1] x", "line 1, byte 4")]
    [InlineData("[1,\n2,\n{\"a\": tru}]", "line 3, byte 16")]
    [InlineData("[\n{\"a\": \"b]", "line 2, byte 11")]
    [InlineData("[\n{\"image\": 3, \"b\" 4}]", "line 2, byte 19")]
    public void A_broken_file_is_an_error_that_names_line_and_byte(string text, string place)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        FluentActions.Invoking(() => Load(root, text))
            .Should().Throw<WorkException>().WithMessage($"*data.json: {place}:*");
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        Load(root, $"\uFEFF[{Record("Q?")}]").RecordCount.Should().Be(1);
    }

    [Fact]
    public void A_record_longer_than_a_block_is_read_whole()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        string answer = new('x', 3_000_000);
        DatasetIndex index = Load(root, $"[{Record("One?")}, {Record("Two?", answer)}, {Record("Three?")}]");
        index.Reader.Read(1, 1)[0].Answer.Should().Be(answer);
        index.Reader.Read(2, 1)[0].Question.Should().Be("Three?");
    }

    [Fact]
    public void A_record_that_changed_since_it_was_indexed_is_rejected_when_read()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        DatasetIndex index = Load(root, $"[{Record("One?")}, {Record("Two?")}]");
        _ = root.Write("data.json", $"[{Record("One?")}, 1");
        FluentActions.Invoking(() => index.Reader.Read(1, 1))
            .Should().Throw<RecordRejectedException>().Which.Detail.Should().Contain("no longer what was indexed");
    }

    [Theory]
    [InlineData("../secret.jpg")]
    [InlineData("/etc/hostname")]
    [InlineData("sub/../../secret.jpg")]
    [InlineData(@"..\\secret.jpg")]
    [InlineData("C:/secret.jpg")]
    [InlineData("~/secret.jpg")]
    [InlineData("~/../secret.jpg")]
    [InlineData("file:///etc/hostname")]
    [InlineData("file:///etc/%2e%2e/etc/hostname")]
    [InlineData("file://server/share/a.jpg")]
    [InlineData("file:a.jpg")]
    [InlineData("s3://bucket/a.jpg")]
    [InlineData("https://example.org/a.jpg")]
    public void A_path_that_leads_out_of_the_image_folder_is_refused(string image)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "sub/b.jpg");
        _ = root.Write("secret.jpg", "secret");
        DatasetIndex index = Load(root, $"[{Record("Q", image: image)}]");
        index.Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImagePathRefused);
    }

    [Fact]
    public void Links_within_the_image_folder_and_a_linked_image_folder_are_fine()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        _ = root.Write("elsewhere/sub/b.jpg", "four");
        _ = File.CreateSymbolicLink(Path.Join(root.Path, "elsewhere/link.jpg"), "sub/b.jpg");
        _ = Directory.CreateSymbolicLink(Path.Join(root.Path, "linked"), Path.Join(root.Path, "elsewhere"));
        _ = root.Write("data.json", $"[{Record("Q", image: "link.jpg")}, {Record("Q", image: "./sub//b.jpg")}]");
        SourceCatalog catalog = root.Load(DataRoot.Entry("llava", images: "linked"));
        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.LengthOf(0).Should().Be(4);
        catalog.Images.PathOf(1).Should().Be("linked/sub/b.jpg");
    }

    [Fact]
    public void An_image_that_vanishes_after_loading_is_rejected_when_read()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        SourceCatalog catalog = root.LoadText("llava", $"[{Record("Q")}]", MissingImages.DropImage);
        File.Delete(Path.Join(root.Path, "photos/a.jpg"));
        FluentActions.Invoking(() => catalog.Images.Read(0))
            .Should().Throw<RecordRejectedException>().Which.Reason.Should().Be(RejectReason.ImageMissing);
    }
}
