using VisualChat.Model;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>Where an answer ends, and what is refused before anything is computed.</summary>
public sealed class AnswerTests
{
    private static readonly ChatPrompt Why = new() { Question = "Why?" };

    [Fact]
    public void The_models_end_token_ends_it()
    {
        ChatAnswer answer = Answer("a big cat", new AnswerSettings());

        answer.Text.Should().Be("a big cat");
        answer.End.Should().Be(AnswerEnd.Complete);
        answer.CompletionTokens.Should().Be(3);
    }

    [Theory]
    [InlineData("a cat### Question: and you")]
    [InlineData("a cat### Image 2")]
    public void The_beginning_of_another_round_ends_it(string said)
    {
        ChatAnswer answer = Answer(said, new AnswerSettings());

        answer.Text.Should().Be("a cat");
        answer.End.Should().Be(AnswerEnd.Complete);
    }

    [Fact]
    public void A_stop_string_ends_it_and_is_not_part_of_it()
    {
        ChatAnswer answer = Answer("a big cat", new AnswerSettings { Stops = ["ig c"] });

        answer.Text.Should().Be("a b");
        answer.End.Should().Be(AnswerEnd.StopString);
    }

    [Fact]
    public void The_limit_of_its_tokens_ends_it()
    {
        ChatAnswer answer = Answer("a big cat", ChatFixture.Greedy(2));

        answer.Text.Should().Be("a big");
        answer.End.Should().Be(AnswerEnd.TokenLimit);
    }

    [Fact]
    public void A_conversation_as_long_as_the_model_reaches_is_full()
    {
        using ChatModel model = ChatFixture.Model(maxPositions: 23);
        using ChatEngine engine = ChatFixture.NewEngine(model);
        using ChatAnswer answer = engine.Begin(Why with { Settings = ChatFixture.Sampled(100) }).Read();

        answer.PromptTokens.Should().Be(20);
        answer.End.Should().Be(AnswerEnd.Full);
        answer.CompletionTokens.Should().Be(4, "the last token needs no position");
    }

    [Fact]
    public void Cancelled_it_ends_where_it_is()
    {
        using ChatModel model = ChatFixture.ModelThatSays("a big cat");
        using ChatEngine engine = ChatFixture.NewEngine(model);
        using var cancelling = new CancellationTokenSource();
        using ChatAnswer answer = engine.Begin(Why);
        foreach (string piece in answer.Pieces(cancelling.Token))
            if (piece.Contains("big", StringComparison.Ordinal))
                cancelling.Cancel();

        answer.Text.Should().Be("a big");
        answer.End.Should().Be(AnswerEnd.Cancelled);

        using ChatAnswer neverBegun = engine.Begin(Why);
        neverBegun.Pieces(cancelling.Token).Should().BeEmpty();
        neverBegun.End.Should().Be(AnswerEnd.Cancelled);
    }

    [Fact]
    public void A_whole_answer_is_read_or_an_exception_says_that_it_was_cancelled()
    {
        using ChatModel model = ChatFixture.ModelThatSays("a big cat");
        using ChatEngine engine = ChatFixture.NewEngine(model);
        using ChatAnswer whole = engine.Begin(Why);
        whole.ReadToEnd().Should().Be("a big cat");

        using ChatAnswer cut = engine.Begin(Why);
        Action reading = () => cut.ReadToEnd(new CancellationToken(canceled: true));
        reading.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void A_reader_that_leaves_ends_it_too()
    {
        using ChatModel model = ChatFixture.ModelThatSays("a big cat");
        using ChatEngine engine = ChatFixture.NewEngine(model);
        ChatAnswer answer = engine.Begin(Why);
        answer.Pieces().First(piece => piece.Length > 0).Should().Be("a");
        answer.End.Should().Be(AnswerEnd.Cancelled);
        Action again = () => answer.Pieces();
        again.Should().Throw<InvalidOperationException>();

        ChatAnswer unread = engine.Begin(Why);
        unread.Dispose();
        unread.End.Should().Be(AnswerEnd.Cancelled);
        Action late = () => unread.Pieces();
        late.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_conversation_that_is_too_long_is_refused_with_its_lengths()
    {
        using ChatModel model = ChatFixture.Model(maxPositions: 35);
        using ChatEngine engine = ChatFixture.NewEngine(model);
        ChatPrompt longest = Why with { Images = [ChatFixture.Image(1)] };
        engine.MaxTokens.Should().Be(35);
        engine.CountTokens(longest).Should().Be(35);

        Action tooLong = () => engine.Begin(longest with { Question = "Why? Why?" });

        tooLong.Should().Throw<InputException>().WithMessage(
            "The conversation is 37 tokens long, 1 image of 5 each included, and the model reaches 35. " +
            "Begin a new one, or ask shorter or with fewer images.");
        engine.Cached.Should().Be((0, 0));
    }

    [Fact]
    public void Every_invalid_setting_is_named()
    {
        using ChatModel model = ChatFixture.Model();
        using ChatEngine engine = ChatFixture.NewEngine(model);
        var settings = new AnswerSettings
        {
            Sampling = new SamplingSettings { Temperature = -1, TopK = -1 },
            Stops = [""],
        };

        Action wrong = () => engine.Begin(Why with { Settings = settings });

        wrong.Should().Throw<InputException>().Which.Problems.Should().Equal(
            "The temperature is -1; it must be 0 or more.",
            "Top-k is -1; it must be 0 (all) or more.",
            "A stop string is empty; it must have at least one character.");
    }

    private static ChatAnswer Answer(string said, AnswerSettings settings)
    {
        using ChatModel model = ChatFixture.ModelThatSays(said);
        using ChatEngine engine = ChatFixture.NewEngine(model);
        return engine.Begin(Why with { Settings = settings }).Read();
    }
}
