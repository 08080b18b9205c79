using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class QuestionAndCaptionSetTests
{
    private static SourceCatalog Load(DataRoot root, string name) => root.Load(new EntrySettings { Name = name });

    [Fact]
    public void Aokvqa_asks_for_the_reason_and_answers_with_choice_and_rationales()
    {
        using DataRoot root = new();
        _ = root.Write("coco/train2017/000000000042.jpg", "x");
        _ = root.Write("aokvqa/annotations/aokvqa_v1p0_train.json", """
            [{"image_id": 42, "question": "What is it?", "choices": ["dog", "cat"],
              "correct_choice_idx": 1, "rationales": ["It purrs.", " ", "It sleeps."]},
             {"image_id": 42, "question": "What is it?", "choices": ["dog"], "correct_choice_idx": 1, "rationales": []}]
            """);
        DatasetIndex index = Load(root, "aokvqa")["aokvqa"];
        RecordRound round = index.Reader.Read(0, 3).Single();
        round.Question.Should().StartWith("What is it? ").And.HaveLength(index.Reader.Read(0, 3)[0].Question.Length);
        round.Answer.Should().Be("The answer is cat. Because It purrs. It sleeps.");
        index.Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.EmptyAnswer);
    }

    [Fact]
    public void Coco_captions_draw_one_caption_and_one_prompt()
    {
        using DataRoot root = new();
        _ = root.Write("coco/2014/a.jpg", "x");
        _ = root.Write("coco_caption/dataset.json",
            """{"images": [{"filename": "a.jpg", "sentences": [{"raw": "One."}, {"raw": ""}, """
            + """{"raw": "Two."}]}], "dataset": "coco"}""");
        DatasetIndex index = Load(root, "coco_caption")["coco_caption"];
        RecordRound[] drawn = [.. Enumerable.Range(0, 60).Select(seed => index.Reader.Read(0, seed).Single())];
        drawn.Select(round => round.Answer).Distinct().Should().BeEquivalentTo("One.", "Two.");
        drawn.Select(round => round.Question).Distinct().Should().HaveCountGreaterThan(8);
        index.Rounds.Should().Equal(1);
    }

    [Fact]
    public void Minigpt4_finds_its_image_by_id()
    {
        using DataRoot root = new();
        _ = root.Write("cc_sbu_align/image/7.jpg", "x");
        _ = root.Write("cc_sbu_align/filter_cap.json",
            """{"annotations": [{"image_id": "7", "caption": "A quiet street."}]}""");
        SourceCatalog catalog = Load(root, "minigpt4");
        catalog["minigpt4"].Reader.Read(0, 1).Single().Answer.Should().Be("A quiet street.");
        catalog.Images.PathOf(0).Should().Be("cc_sbu_align/image/7.jpg");
    }

    [Fact]
    public void Ocr_vqa_names_its_image_by_key_and_address_and_draws_a_pair()
    {
        using DataRoot root = new();
        _ = root.Write("OCR_VQA/images/k1.png", "x");
        _ = root.Write("OCR_VQA/dataset.json", """
            {"k1": {"imageURL": "http://example.org/x/1.2.png", 
              "questions": ["Who?", "", "What?"], "answers": ["I.", "x", "It."]},
             "k2": {"imageURL": "http://example.org/x.png", "questions": ["Who?"], "answers": []}}
            """);
        DatasetIndex index = Load(root, "ocr_vqa")["ocr_vqa"];
        Enumerable.Range(0, 40)
            .Select(seed => index.Reader.Read(0, seed).Single())
            .Select(round => round.Question + round.Answer)
            .Distinct()
            .Should().BeEquivalentTo("Who?I.", "What?It.");
        index.Reader.LabelOf(0).Should().Be("k1");
        index.Rejects
            .Should().ContainSingle()
            .Which.Should().BeEquivalentTo(new { Record = "k2", Reason = RejectReason.OddRounds });
    }
}
