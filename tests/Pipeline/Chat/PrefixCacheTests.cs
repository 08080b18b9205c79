using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>
/// What stays computed: whole passes of the conversations used last, each for one answer at a time.
/// </summary>
public sealed class PrefixCacheTests : IDisposable
{
    // The tokens of "Be kind.\n\n### Question:\nWhy?\n\n### Answer:\n" with bos, and how many more
    // there are when the same is asked again after the answer "Yes.".
    private const int FirstTokens = 20, NextTokens = 17;

    private static readonly ChatRound Asked = new("Why?", [], "Yes.");
    private readonly ChatModel _model = ChatFixture.Model();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void The_next_round_computes_only_the_answer_before_and_its_own_prompt()
    {
        using ChatEngine engine = NewEngine();
        Reused(engine).Should().Be((0, FirstTokens));
        Reused(engine, Asked).Should().Be((FirstTokens, FirstTokens + NextTokens));
        Reused(engine, Asked, Asked).Should().Be((FirstTokens + NextTokens, FirstTokens + (2 * NextTokens)));
    }

    [Fact]
    public void An_image_is_another_if_its_pixels_are_and_not_if_its_name_is()
    {
        using ChatEngine engine = NewEngine();
        ChatRound Shown(byte level) => new("Why?", [ChatFixture.Image(level)], "Yes.");
        Reused(engine, Shown(1)).Reused.Should().Be(0);
        Reused(engine, Shown(2)).Reused.Should().Be(0);
        (int reused, int prompt) = Reused(engine, Shown(1));
        (prompt - reused).Should().Be(NextTokens);
    }

    [Fact]
    public void Of_two_that_share_as_much_the_one_that_loses_less_is_taken()
    {
        using ChatEngine engine = NewEngine();
        ChatAnswer one = Begin(engine), two = Begin(engine);
        one.Read();
        two.Read();
        Reused(engine, Asked, Asked).Reused.Should().Be(FirstTokens);
        engine.Cached.Conversations.Should().Be(2);
        // The short one is taken, so the long one is still there.
        Reused(engine, Asked with { Answer = "No." }).Reused.Should().Be(FirstTokens);
        Reused(engine, Asked, Asked).Reused.Should().Be(FirstTokens + NextTokens);
    }

    [Fact]
    public void A_conversation_that_is_being_answered_is_not_taken_by_another()
    {
        using ChatEngine engine = NewEngine();
        ChatAnswer first = Begin(engine);
        IEnumerator<string> reading = first.Pieces().GetEnumerator();
        reading.MoveNext().Should().BeTrue();
        Reused(engine, Asked).Reused.Should().Be(0);
        reading.Dispose();
        Reused(engine, Asked, Asked).Reused.Should().Be(FirstTokens + NextTokens);
        Reused(engine, Asked with { Answer = "No." }).Reused.Should().Be(FirstTokens);
        engine.Cached.Conversations.Should().Be(2);
    }

    [Fact]
    public void The_least_recently_used_goes_first()
    {
        using ChatEngine engine = NewEngine(new PrefixCacheLimits { Conversations = 2 });
        foreach (string question in new[] { "A?", "B?", "A?", "C?" })
            Reused(engine, new ChatRound(question, [], ""));
        engine.Cached.Conversations.Should().Be(2);
        Reused(engine, new ChatRound("A?", [], "")).Reused.Should().BePositive();
        Reused(engine, new ChatRound("B?", [], "")).Reused.Should().Be(0);
    }

    [Fact]
    public void Positions_are_bounded_too()
    {
        using ChatEngine engine = NewEngine(new PrefixCacheLimits { Positions = FirstTokens + 10 });
        Reused(engine);
        engine.Cached.Should().Be((1, FirstTokens + 1));
        Reused(engine, new ChatRound("Z?", [], ""));
        engine.Cached.Should().Be((0, 0), "the conversation is longer than the whole cache may be");
    }

    [Theory]
    [InlineData(AttentionMode.Mmca, true)]
    [InlineData(AttentionMode.CraCaMask, true)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, true)]
    // Here the text before the first image attends to every image to come.
    [InlineData(AttentionMode.MmcaDeepSpeed, false)]
    public void Going_back_behind_an_image_keeps_what_did_not_attend_to_it(AttentionMode attention, bool isKept)
    {
        using ChatModel model = ChatFixture.Model(attention);
        using ChatEngine engine = ChatFixture.NewEngine(model);
        Reused(engine, Asked, new ChatRound("Why?", [ChatFixture.Image(1)], "Yes."));
        Reused(engine, Asked, Asked).Reused.Should().Be(isKept ? FirstTokens : 0);
    }

    private ChatEngine NewEngine(PrefixCacheLimits? limits = null) => ChatFixture.NewEngine(_model, limits);

    private static ChatAnswer Begin(ChatEngine engine, params ChatRound[] earlier) =>
        engine.Begin(new ChatPrompt { Earlier = earlier, Question = "Why?", Settings = ChatFixture.Greedy(2) });

    private static (int Reused, int Prompt) Reused(ChatEngine engine, params ChatRound[] earlier)
    {
        using ChatAnswer answer = Begin(engine, earlier).Read();
        return (answer.ReusedTokens, answer.PromptTokens);
    }
}
