using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class SparklesDialogueTests
{
    private static readonly string[] Schemes = ["image a", "image A", "the first image"];

    private static string Message(string role, string content, params int[] images) =>
        $$"""{"role": "{{role}}", "content": "{{content}}", "images": [{{string.Join(",", images.Select(Image))}}]}""";

    private static string Image(int id) => $$"""{"image_id": {{id}}, "caption": "c"}""";

    private static string Dialogue(params string[] rounds) => $$"""{"dialogue": [{{string.Join(",", rounds)}}]}""";

    private static DatasetIndex Load(DataRoot root, params string[] dialogues) =>
        root.WithPhotos("23.jpg", "2310.jpg", "5.jpg")
            .LoadText("sparkles", $"[{string.Join(",\n", dialogues)}]")["mine"];

    // The seeds that draw each scheme, found by what they rewrite.
    private static IReadOnlyList<RecordRound> ReadAs(DatasetIndex index, string scheme) =>
        Enumerable.Range(0, 100)
            .Select(seed => index.Reader.Read(0, seed))
            .First(rounds => rounds[1].Question.EndsWith($" {scheme}.", StringComparison.Ordinal));

    [Theory]
    [InlineData("image a", "How do image a and image b differ? Image b?", "Image b is red. Image a's not.")]
    [InlineData("image A", "How do image A and image B differ? Image B?", "Image B is red. Image A's not.")]
    [InlineData(
        "the first image",
        "How do the first image and the second image differ? The second image?",
        "The second image is red. The first image's not.")]
    public void Every_reference_is_rewritten_to_one_scheme_whole_and_capitalised_at_the_start_of_a_sentence(
        string scheme, string question, string answer)
    {
        using DataRoot root = new();
        DatasetIndex index = Load(root, Dialogue(
            Message(
                "user",
                "How do IMAGE#23 <Img><ImageHere></Img> and IMAGE#2310 differ? <Img><ImageHere></Img> IMAGE#2310?",
                23, 2310),
            Message("assistant", "IMAGE#2310 is red. IMAGE#23's not."),
            Message("user", "<Img><ImageHere></Img> Then IMAGE#23.", 5), Message("assistant", "Yes.")));
        index.Rejects.Should().BeEmpty();
        IReadOnlyList<RecordRound> rounds = ReadAs(index, scheme);
        rounds[0].Question.Should().Be(question);
        rounds[0].Answer.Should().Be(answer);
        rounds[0].Images.Should().Equal(0, 1);
        rounds[1].Question.Should().Be($"Then {scheme}.");
        rounds[1].Images.Should().Equal(2);
    }

    [Fact]
    public void The_scheme_depends_on_seed_and_dialogue_and_all_three_are_drawn()
    {
        using DataRoot root = new();
        string dialogue = Dialogue(
            Message("user", "<Img><ImageHere></Img>Then IMAGE#5", 5),
            Message("assistant", "Yes."));
        DatasetIndex index = Load(root, [.. Enumerable.Repeat(dialogue, 40)]);
        string[] drawn =
            [.. Enumerable.Range(0, 40).Select(record => index.Reader.Read(record, 1)[0].Question["Then ".Length..])];
        drawn.Distinct().Should().BeEquivalentTo(Schemes);
        Enumerable.Range(0, 40).Select(record => index.Reader.Read(record, 1)[0].Question["Then ".Length..])
            .Should().Equal(drawn);
    }

    [Fact]
    public void An_unusable_dialogue_is_rejected_with_its_reason()
    {
        using DataRoot root = new();
        string answer = Message("assistant", "Yes.");
        DatasetIndex index = Load(root,
            Dialogue(Message("user", "Q? <Img><ImageHere></Img>", 5), Message("user", "Q?")),
            Dialogue(Message("user", "Q?", 5), answer),
            Dialogue(Message("user", "Q? <Img><ImageHere></Img>"), answer),
            Dialogue(
                Message("user", "Q? <Img><ImageHere></Img>", 5),
                Message("assistant", "<Img><ImageHere></Img> no")),
            Dialogue(Message("user", "Q? <Img><ImageHere></Img>", 5), Message("assistant", "IMAGE#6")),
            Dialogue(Message("user", "Q? <Img><ImageHere></Img>", 6), answer),
            Dialogue(Message("user", "<Img><ImageHere></Img>", 5), answer),
            Dialogue(Message("user", "Q?"), answer),
            """{"dialogue": [{"role": "user", "content": "x", "images": [{"image_id": 1.5}]}]}""",
            """{"dialogue": [{"role": "user", "content": "x", "images": [{"id": 1}]}]}""");
        index.Rejects.Select(reject => reject.Reason).Should().Equal(
            RejectReason.OddRounds,
            RejectReason.ImageMarks,
            RejectReason.ImageMarks,
            RejectReason.ImageMarks,
            RejectReason.ImageMarks,
            RejectReason.ImageMissing,
            RejectReason.EmptyQuestion,
            RejectReason.ImageMissing,
            RejectReason.WrongType,
            RejectReason.MissingKey);
    }

    [Fact]
    public void A_missing_image_rejects_the_dialogue_even_where_images_may_be_dropped()
    {
        using DataRoot root = new DataRoot().WithPhotos("5.jpg");
        SourceCatalog catalog = root.LoadText(
            "sparkles",
            $"[{Dialogue(
                Message("user", "Q? <Img><ImageHere></Img><Img><ImageHere></Img>", 5, 6),
                Message("assistant", "Yes."))}]",
            VisualChat.Pipeline.Recipes.MissingImages.DropImage);
        catalog["mine"].Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMissing);
    }
}
