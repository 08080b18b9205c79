using VisualChat.Model;
using VisualChat.Pipeline.Answering;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Tests.Chat;

namespace VisualChat.Pipeline.Tests.Answering;

/// <summary>A conversation of a question file is asked as a person would ask it.</summary>
public sealed class AnswerRunTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly ChatModel _model = ChatFixture.Model();
    private readonly ChatEngine _engine;

    public AnswerRunTests()
    {
        File.WriteAllBytes(Path.Combine(_root, "x.ppm"), [.. "P6\n8 8\n255\n"u8, .. Enumerable.Repeat((byte)7, 192)]);
        _engine = ChatFixture.NewEngine(_model);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _model.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Its_answers_are_those_of_the_same_rounds_in_a_chat()
    {
        IReadOnlyList<AnsweredRound> answers =
            Ask(new AskedRound("Which?", ["x.ppm"]), new AskedRound("Why?", []));

        ChatImage[] image = [ChatFixture.Image(7)];
        var which = new ChatPrompt { Question = "Which?", Images = image, Settings = ChatFixture.Sampled(8) };
        string first = _engine.Begin(which).ReadToEnd();
        var why = new ChatPrompt
        {
            Earlier = [new ChatRound("Which?", image, first)],
            Question = "Why?",
            Settings = ChatFixture.Sampled(8),
        };
        string second = _engine.Begin(why).ReadToEnd();
        answers.Should().Equal(new AnsweredRound(first, null), new AnsweredRound(second, null));
    }

    [Fact]
    public void After_a_round_that_cannot_be_asked_none_is()
    {
        IReadOnlyList<AnsweredRound> answers = Ask(
            new AskedRound("Which?", []),
            new AskedRound("And?", ["nope.ppm"]),
            new AskedRound("Why?", []));

        answers[0].Error.Should().BeNull();
        answers.Skip(1).Should().Equal(
            new AnsweredRound("", "The image 'nope.ppm' cannot be read: there is no such file."),
            new AnsweredRound("", "Not asked, because the round before it could not be answered."));
    }

    private IReadOnlyList<AnsweredRound> Ask(params AskedRound[] rounds)
    {
        int asked = 0;
        var images = new QuestionImages(_root, new ChatImages(ChatFixture.ImageSize));
        var run = new AnswerRun(_engine, images, ChatFixture.Sampled(8));
        IReadOnlyList<AnsweredRound> answers =
            run.Ask(new AskedConversation("c", rounds), () => asked++, CancellationToken.None);
        asked.Should().Be(rounds.Length);
        return answers;
    }
}
