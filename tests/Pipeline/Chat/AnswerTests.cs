using VisualChat.Model;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>Where an answer ends, and what is refused before anything is computed.</summary>
public sealed class AnswerTests
{
    [Fact]
    public void The_models_end_token_ends_it()
    {
        ChatAnswer answer = Answer("a big cat", new AnswerSettings());
        answer.Text.Should().Be("a big cat");
        answer.End.Should().Be(AnswerEnd.EndOfTurn);
        answer.CompletionTokens.Should().Be(3);
    }

    [Theory]
    [InlineData("a cat### Question: and you")]
    [InlineData("a cat### Image 2")]
    public void The_beginning_of_another_turn_ends_it(string said)
    {
        ChatAnswer answer = Answer(said, new AnswerSettings());
        answer.Text.Should().Be("a cat");
        answer.End.Should().Be(AnswerEnd.EndOfTurn);
    }

    [Fact]
    public void A_stop_string_ends_it_and_is_no_part_of_it()
    {
        ChatAnswer answer = Answer("a big cat", new AnswerSettings { Stops = ["ig c"] });
        answer.Text.Should().Be("a b");
        answer.End.Should().Be(AnswerEnd.StopString);
    }

    [Fact]
    public void So_do_as_many_tokens_as_it_may_have()
    {
        ChatAnswer answer = Answer("a big cat", new AnswerSettings { Sampling = new SamplingSettings { MaxNewTokens = 2 } });
        answer.Text.Should().Be("a big");
        answer.End.Should().Be(AnswerEnd.TokenLimit);
    }

    [Fact]
    public void A_conversation_that_becomes_as_long_as_the_model_reaches_is_full()
    {
        using ChatModel model = ChatFixture.Model(maxPositions: 23);
        using ChatEngine engine = NewEngine(model);
        using ChatAnswer answer = engine.Begin(null, [], "Why?", [], ChatFixture.Sampled(100)).Read();
        answer.PromptTokens.Should().Be(20);
        answer.End.Should().Be(AnswerEnd.Full);
        answer.CompletionTokens.Should().Be(4, "the last token needs no position");
    }

    [Fact]
    public void Cancelled_it_ends_where_it_is()
    {
        using ChatModel model = ChatFixture.ModelThatSays("a big cat");
        using ChatEngine engine = NewEngine(model);
        using var cancelling = new CancellationTokenSource();
        using ChatAnswer answer = engine.Begin(null, [], "Why?", [], new AnswerSettings());
        foreach (string piece in answer.Pieces(cancelling.Token))
            if (piece.Contains("big", StringComparison.Ordinal))
                cancelling.Cancel();
        answer.Text.Should().Be("a big");
        answer.End.Should().Be(AnswerEnd.Cancelled);

        using ChatAnswer never = engine.Begin(null, [], "Why?", [], new AnswerSettings());
        never.Pieces(cancelling.Token).Should().BeEmpty();
        never.End.Should().Be(AnswerEnd.Cancelled);
    }

    [Fact]
    public void A_reader_that_leaves_ends_it_too()
    {
        using ChatModel model = ChatFixture.ModelThatSays("a big cat");
        using ChatEngine engine = NewEngine(model);
        ChatAnswer answer = engine.Begin(null, [], "Why?", [], new AnswerSettings());
        answer.Pieces().First(piece => piece.Length > 0).Should().Be("a");
        answer.End.Should().Be(AnswerEnd.Cancelled);
        Action again = () => answer.Pieces();
        again.Should().Throw<InvalidOperationException>();
        ChatAnswer unread = engine.Begin(null, [], "Why?", [], new AnswerSettings());
        unread.Dispose();
        unread.End.Should().Be(AnswerEnd.Cancelled);
        Action late = () => unread.Pieces();
        late.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_conversation_that_is_too_long_is_refused_with_its_lengths()
    {
        using ChatModel model = ChatFixture.Model(maxPositions: 35);
        using ChatEngine engine = NewEngine(model);
        engine.MaxTokens.Should().Be(35);
        engine.CountTokens(null, [], "Why?", [ChatFixture.Image(1)]).Should().Be(35);
        Action tooLong = () => engine.Begin(null, [], "Why? Why?", [ChatFixture.Image(1)], new AnswerSettings());
        tooLong.Should().Throw<InputException>()
            .WithMessage("The conversation is 37 tokens long, 1 image of 5 each included, and the model reaches 35. Begin a new one, or ask shorter or with fewer images.");
        engine.Cached.Should().Be((0, 0));
    }

    [Fact]
    public void Settings_that_cannot_be_followed_are_all_named()
    {
        using ChatModel model = ChatFixture.Model();
        using ChatEngine engine = NewEngine(model);
        Action wrong = () => engine.Begin(null, [], "Why?", [], new AnswerSettings { Sampling = new SamplingSettings { Temperature = -1, TopK = -1 }, Stops = [""] });
        wrong.Should().Throw<InputException>().Which.Problems.Should().Equal(
            "The temperature is -1; it must be 0 or more.", "Top-k is -1; it must be 0 (all) or more.", "A stop string is empty; it must have at least one character.");
    }

    private static ChatEngine NewEngine(ChatModel model) => new(model, ChatFixture.Recipe, ChatFixture.Tokenizer, new PrefixCacheLimits());

    private static ChatAnswer Answer(string said, AnswerSettings settings)
    {
        using ChatModel model = ChatFixture.ModelThatSays(said);
        using ChatEngine engine = NewEngine(model);
        return engine.Begin(null, [], "Why?", [], settings).Read();
    }
}
