using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tests.Planning;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Conversations;

public sealed class SampleRendererTests
{
    private const int VisualTokens = 10;

    private static readonly SentencePieceTokenizer Llama = SentencePieceTokenizer.Load(
        Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model"));

    [Fact]
    public void A_row_shows_what_was_asked_in_order_with_images_counted_through()
    {
        SampleRow row = Render(Two("llava", "a.jpg", "b.jpg")).Row!;

        row.Id.Should().Be("llava-0000000");
        row.Text.Should().Be(
            "### Image 1:\n<image>\n\n### Question:\nquestion 0\n\n### Answer:\nanswer 0\n"
            + "### Image 2:\n<image>\n\n### Question:\nquestion 1\n\n### Answer:\nanswer 1");
        row.Images.Select(image => image.Path).Should().Equal("a.jpg", "b.jpg");
        row.Rounds.Should().Equal(
            new RowRound("question 0", "answer 0", 1, "llava", "llava[0]"),
            new RowRound("question 1", "answer 1", 1, "llava", "llava[1]"));
        row.InputIds.Count(id => id == 32001).Should().Be(2);
        row.TextTokens.Should().Be(row.InputIds.Length - 2);
        row.SequenceTokens.Should().Be(row.TextTokens + (2 * VisualTokens));
        row.Labels.Should().HaveSameCount(row.InputIds);
    }

    [Fact]
    public void Records_over_the_same_images_show_them_once()
    {
        SampleRow row = Render(new FakeCatalog().Add("vst", (3, ["a.jpg", "b.jpg"]))).Row!;

        row.Rounds.Select(round => round.Images).Should().Equal(2, 0, 0);
        row.ImageCount.Should().Be(2);
    }

    [Fact]
    public void Joined_conversations_show_the_same_image_each_for_itself()
    {
        Render(Two("llava", "a.jpg", "a.jpg")).Row!.Rounds.Select(round => round.Images).Should().Equal(1, 1);
    }

    [Fact]
    public void A_record_with_a_broken_image_is_left_out_and_the_others_are_renumbered()
    {
        RenderedSample sample = Render(Two("llava", "a.jpg", "b.jpg"), broken: [0]);

        sample.Row!.Text.Should().Be("### Image 1:\n<image>\n\n### Question:\nquestion 1\n\n### Answer:\nanswer 1");
        sample.Rejected.Select(rejected => (rejected.Part.Record, rejected.Why.Reason))
            .Should().Equal((0, RejectReason.ImageDamaged));
    }

    [Fact]
    public void Records_over_a_broken_image_fall_together_and_leave_no_row()
    {
        RenderedSample sample = Render(new FakeCatalog().Add("vst", (2, ["a.jpg", "b.jpg"])), broken: [1]);

        sample.Row.Should().BeNull();
        sample.Rejected.Select(rejected => (rejected.Part.Record, rejected.Why.Reason))
            .Should().Equal((0, RejectReason.ImageDamaged), (1, RejectReason.ImageDamaged));
    }

    [Fact]
    public void A_joined_sample_falls_as_a_whole()
    {
        FakeCatalog catalog = new FakeCatalog()
            .Add("llava", (1, ["a.jpg"]))
            .Add("llava_dial")
            .Add("otter_mimicit_cgd", (1, ["a.jpg", "b.jpg"]));

        RenderedSample sample = Render(catalog, "llava_otter_blend", broken: [1]);

        sample.Row.Should().BeNull();
        sample.Rejected.Select(rejected => rejected.Why.Reason)
            .Should().Equal(RejectReason.PartnerRejected, RejectReason.ImageDamaged);
    }

    [Fact]
    public void Rounds_past_the_sequence_limit_are_cut_whole_from_the_end()
    {
        int first = Render(Two("llava", "a.jpg", "b.jpg")).Row!.InputIds.ToList().IndexOf(2) + VisualTokens;

        RenderedSample sample = Render(Two("llava", "a.jpg", "b.jpg"), maxSequenceTokens: first);

        sample.Row!.Rounds.Should().ContainSingle();
        sample.Row.SequenceTokens.Should().Be(first);
        sample.Rejected.Select(rejected => (rejected.Part.Record, rejected.Why.Reason, rejected.Why.Detail))
            .Should().Equal((1, RejectReason.SequenceTooLong, "no room was left at the end of its sample"));
    }

    [Fact]
    public void A_first_round_that_does_not_fit_is_rejected_with_the_figures()
    {
        RenderedSample sample = Render(Two("llava", "a.jpg", "b.jpg"), maxSequenceTokens: 12);

        sample.Row.Should().BeNull();
        sample.Rejected.Should().HaveCount(2);
        sample.Rejected[0].Why.Detail.Should().Be("its first round takes 39 positions; data.max_sequence_tokens is 12");
    }

    [Fact]
    public void Dropped_rounds_of_a_record_that_is_otherwise_used_are_counted()
    {
        SourceCatalog catalog = Two("llava", "a.jpg", "b.jpg").Catalog;
        ComposedPart dialogue = new(
            new PlannedPart(0, PartRole.Begins, 0, 0),
            [new RecordRound("one", "1", [0]), new RecordRound("two", "2", []), new RecordRound("three", "3", [])],
            null);

        RenderedSample sample = Render(catalog, "llava", [dialogue], [], maxSequenceTokens: 45);

        sample.Row!.Rounds.Select(round => round.Question).Should().Equal("one");
        sample.RoundsDropped.Should().Be(2);
        sample.Rejected.Should().BeEmpty();
    }

    [Fact]
    public void A_record_whose_answer_is_cut_whole_is_rejected_and_the_sample_goes_on_without_it()
    {
        string longQuestion = string.Concat(Enumerable.Repeat("and what is that ", 20));
        SourceCatalog catalog = new FakeCatalog().Add("llava", (1, []), (1, []), (1, [])).Catalog;
        ComposedPart[] records =
        [
            PartOf(0, new RecordRound("one", "1", [])),
            PartOf(1, new RecordRound(longQuestion, "2", [])),
            PartOf(2, new RecordRound("three", string.Concat(Enumerable.Repeat("three ", 60)), []),
                new RecordRound(longQuestion, "4", []),
                new RecordRound("five", "5", [])),
        ];

        RenderedSample sample = Render(catalog, "llava", records, [], 4096, maxTurnTokens: 40);

        sample.Row!.Rounds.Select(round => round.Question).Should().Equal("one", "three");
        sample.Rejected.Select(rejected => (rejected.Part.Record, rejected.Why.Reason, rejected.Why.Detail)).Should()
            .Equal((
                1,
                RejectReason.NothingToLearn,
                "its question alone takes the 40 tokens of data.max_turn_tokens"));
        sample.RoundsDropped.Should().Be(2);
        sample.AnswersCut.Should().Be(1);

        static ComposedPart PartOf(int record, params RecordRound[] rounds) =>
            new(new PlannedPart(0, PartRole.Begins, 0, record), rounds, null);
    }

    [Fact]
    public void A_follow_up_names_its_image_and_shows_none()
    {
        FakeCatalog catalog = new FakeCatalog()
            .Add("llava", (1, ["a.jpg"]), (1, ["b.jpg"]))
            .Add("llava_dial")
            .Add("otter_mimicit_cgd", (1, ["a.jpg", "b.jpg"]));

        SampleRow row = Render(catalog, "llava_otter_blend", followUp: true).Row!;

        row.Sources.Should().Equal("llava", "otter_mimicit_cgd");
        row.Rounds.Sum(round => round.Images).Should().Be(2);
        row.Rounds.TakeLast(2).Select(round => round.Question).Should().SatisfyRespectively(
            first => first.Should().MatchRegex("^In (image 1|image a|the first image), question 0$"),
            second => second.Should().MatchRegex("^In (image 2|image b|the second image), question 1$"));
    }

    private static FakeCatalog Two(string name, string first, string second) =>
        new FakeCatalog().Add(name, (1, [first]), (1, [second]));

    private static RenderedSample Render(
        FakeCatalog fake, string entry = "", int[]? broken = null, int maxSequenceTokens = 4096, bool followUp = false)
    {
        SourceCatalog catalog = fake.Catalog;
        string name = entry.Length > 0 ? entry : catalog.Datasets[0].Name;
        return Render(catalog, name, null, broken ?? [], maxSequenceTokens, followUp);
    }

    private static RenderedSample Render(
        SourceCatalog catalog,
        string entry,
        IReadOnlyList<ComposedPart>? parts,
        int[] broken,
        int maxSequenceTokens,
        bool followUp = false,
        int? maxTurnTokens = null)
    {
        Recipe recipe = FakeCatalog.RecipeOf(new EntrySettings { Name = entry, FollowUp = followUp });
        recipe = recipe with
        {
            Template = new TemplateSettings { System = "" },
            Data = recipe.Data with { MaxSequenceTokens = maxSequenceTokens, MaxTurnTokens = maxTurnTokens },
        };

        // One sample of all the dataset's conversations in order; a join plans itself.
        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, "recipe");
        if (entry != "llava_otter_blend")
        {
            var samples = new SampleTable();
            samples.Add(0, 0, Enumerable.Range(0, catalog.Datasets[0].ConversationCount)
                .SelectMany(conversation => catalog.Datasets[0].RecordsOf(conversation).ToArray()
                    .Select((record, place) => new PlannedPart(0, RoleAt(place), 0, record)))
                .ToArray());
            plan = plan with { Samples = samples };
        }

        var images = Enumerable.Range(0, catalog.Images.Count).ToDictionary(
            image => image,
            image => broken.Contains(image)
                ? new PreparedImage(null, new RecordRejectedException(RejectReason.ImageDamaged, "it ends too early"))
                : new PreparedImage(new PooledBytes([1, 2, 3]), null));
        var encoder = new RoundEncoder(Llama, maxTurnTokens);
        var renderer = new SampleRenderer(catalog, plan, recipe, encoder, VisualTokens);
        return renderer.Render(0, parts ?? new ConversationComposer(catalog, plan, recipe).Compose(0), images);

        static PartRole RoleAt(int place) => place == 0 ? PartRole.Begins : PartRole.Continues;
    }
}
