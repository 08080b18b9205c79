using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class MimicItRecordTests
{
    private static string Record(string id, string images, string related = "", string question = "Q?") =>
        $$"""
        "{{id}}": {"instruction": "{{question}}", "answer": "A.",
          "image_ids": [{{Quoted(images)}}], "rel_ins_ids": [{{Quoted(related)}}]}
        """;

    private static string File(params string[] records) =>
        $$"""{"meta": {"version": "1"}, "data": { {{string.Join(",", records)}} }, "more": [1]}""";

    private static string Quoted(string words) =>
        string.Join(",", words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => $"\"{word}\""));

    private static string[] Conversations(DatasetIndex index) =>
        [.. Enumerable.Range(0, index.ConversationCount)
            .Select(conversation => index.RecordsOf(conversation).ToArray().Select(index.Reader.LabelOf))
            .Select(labels => string.Join(' ', labels))];

    [Fact]
    public void Related_instructions_over_the_same_images_form_one_conversation_and_each_is_used_once()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "b.jpg");
        DatasetIndex index = root.LoadText("mimic-it", File(
            Record("I1", "a b", "I4 I3 I9 I2"),
            Record("I2", "b a", "I1"),
            Record("I3", "a b", "I5"),
            Record("I4", "a b", "I1"),
            Record("I5", "a b", "I1 I5")))["mine"];
        Conversations(index).Should().Equal("I1 I4 I3", "I2", "I5");
        index.ImagesOfConversation(1).ToArray().Should().Equal(1, 0);
    }

    [Fact]
    public void A_key_that_stands_twice_rejects_the_second()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        DatasetIndex index =
            root.LoadText("mimic-it", File(
                Record("I1", "a"),
                Record("I1", "a", question: "Other?"),
                Record("I2", "a")))["mine"];
        index.Rejects
            .Should().ContainSingle()
            .Which.Should().BeEquivalentTo(
                new { Ordinal = 1, Record = "data.json[1]", Reason = RejectReason.DuplicateId });
        index.Reader.Read(0, 1)[0].Question.Should().Be("Q?");
    }

    [Fact]
    public void Marks_in_an_instruction_are_taken_out_if_there_is_one_for_each_image()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "b.jpg");
        DatasetIndex index = root.LoadText("mimic-it", File(
            Record("I1", "a b", question: "<image><image>What\\nnow?"),
            Record("I2", "a b", question: "<image>What now?")))["mine"];
        RecordRound round = index.Reader.Read(0, 1).Single();
        round.Question.Should().Be("What\nnow?");
        round.Images.Should().Equal(0, 1);
        index.Mended.Should().ContainSingle().Which.Should().Be(new MendSummary("marks-removed", 1, "data.json[0]"));
        index.Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMarks);
    }

    [Fact]
    public void Related_instructions_may_be_null()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        DatasetIndex index = root.LoadText("mimic-it", """
            {"data": {"I1": {"instruction": "Q?", "answer": "A.", "image_ids": ["a"], "rel_ins_ids": null},
                      "I2": {"instruction": null, "answer": "A.", "image_ids": ["a"]}}}
            """)["mine"];
        index.RecordCount.Should().Be(1);
        index.Rejects.Should().ContainSingle().Which.Detail.Should().Be("no key 'instruction'");
    }

    [Fact]
    public void A_missing_image_rejects_the_record_or_is_left_out()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "c.jpg");
        string text = File(Record("I1", "a b c"), Record("I2", "b"), Record("I3", "c", "I1"));
        DatasetIndex strict = root.LoadText("mimic-it", text)["mine"];
        strict.RecordOrdinals.Should().Equal(2);
        SourceCatalog lenient = root.LoadText("mimic-it", text, MissingImages.DropImage);
        lenient["mine"].RecordOrdinals.Should().Equal(0, 2);
        lenient["mine"].FirstRoundImages.Should().Equal(2, 1);
        lenient["mine"].Rejects.Should().ContainSingle().Which.Record.Should().Be("I2");
        lenient["mine"].Reader.Read(0, 1)[0].Images.Select(lenient.Images.PathOf)
            .Should().Equal("photos/a.jpg", "photos/c.jpg");
    }

    [Fact]
    public void Comparisons_show_the_photographs_of_coco()
    {
        using DataRoot root = new();
        _ = root.Write("coco/train2017/000000391895.jpg", "x");
        _ = root.Write("MIMIC-IT/CGD_instructions.json", File(Record("CGD_INS_1", "CGD_IMG_000000391895")));
        SourceCatalog catalog = root.Load(new EntrySettings { Name = "otter_mimicit_cgd" });
        catalog["otter_mimicit_cgd"].RecordCount.Should().Be(1);
        catalog.Images.PathOf(0).Should().Be("coco/train2017/000000391895.jpg");
    }
}
