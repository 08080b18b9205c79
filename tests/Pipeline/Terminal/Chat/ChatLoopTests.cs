using System.Text.Json;
using VisualChat.Model;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Terminal;
using VisualChat.Pipeline.Terminal.Chat;
using VisualChat.Pipeline.Terminal.Lines;
using VisualChat.Pipeline.Tests.Chat;

namespace VisualChat.Pipeline.Tests.Terminal.Chat;

/// <summary>A conversation of typed lines with a model that always says the same.</summary>
public sealed class ChatLoopTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly Interrupts _interrupts = new(endProgram: () => { });
    private readonly StringWriter _answers = new() { NewLine = "\n" };
    private readonly StringWriter _notes = new() { NewLine = "\n" };

    public ChatLoopTests()
    {
        foreach (string name in new[] { "a", "b" })
        {
            byte[] picture = [.. "P6\n8 8\n255\n"u8, .. Enumerable.Repeat((byte)name[0], 192)];
            File.WriteAllBytes(Path.Combine(_root, $"{name}.ppm"), picture);
        }

        File.WriteAllText(Path.Combine(_root, "broken.jpg"), "no image");
    }

    public void Dispose()
    {
        _interrupts.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Questions_are_answered_and_images_numbered_through_the_conversation()
    {
        ConversationFile conversation = Talk("a.ppm Which?", "And b.ppm?", "/images", "Why?");
        _answers.ToString().Should().Be("a cat\na cat\na cat\n");
        Notes().Should().Equal(
            "Image 1: ROOT/a.ppm",
            "Image 2: ROOT/b.ppm",
            "Asked: And image 2?",
            "Image 1, round 1: ROOT/a.ppm",
            "Image 2, round 2: ROOT/b.ppm");
        conversation.Rounds.Select(round => (round.Question, round.Images.Count, round.Answer)).Should()
            .Equal(("Which?", 1, "a cat"), ("And image 2?", 1, "a cat"), ("Why?", 0, "a cat"));
    }

    [Fact]
    public void Images_alone_wait_for_their_question()
    {
        ConversationFile conversation = Talk("/image a.ppm b.ppm", "/images", "Which?");
        Notes().Should().Equal(
            "Image 1: ROOT/a.ppm",
            "Image 2: ROOT/b.ppm",
            "Image 1, for the next question: ROOT/a.ppm",
            "Image 2, for the next question: ROOT/b.ppm");
        conversation.Rounds.Should().ContainSingle().Which.Images.Should().HaveCount(2);
    }

    [Fact]
    public void Undo_takes_back_images_before_it_takes_back_rounds()
    {
        ConversationFile conversation = Talk("Which?", "Why?", "a.ppm", "/undo", "/undo", "/undo", "/undo", "So?");
        Notes().Should().Equal(
            "Image 1: ROOT/a.ppm",
            "Took back the image of the next question.",
            "Took back: Why?",
            "Took back: Which?",
            "There is nothing to take back.");
        conversation.Rounds.Select(round => round.Question).Should().Equal("So?");
    }

    [Fact]
    public void Clear_starts_a_new_conversation()
    {
        ConversationFile conversation = Talk("a.ppm Which?", "b.ppm", "/clear", "b.ppm Why?");
        conversation.Rounds.Should().ContainSingle().Which.Question.Should().Be("Why?");
        Notes().Should().EndWith("Image 1: ROOT/b.ppm");
    }

    [Fact]
    public void A_damaged_image_or_a_wrong_command_asks_nothing()
    {
        Talk("broken.jpg Which?", "/imgaes", "/xyzzy", "/image", "/save", "/save x.txt").Rounds.Should().BeEmpty();
        Notes().Should().Equal(
            "The image 'ROOT/broken.jpg' cannot be used: the bytes are no JPEG, PNG, GIF, WebP, BMP, TIFF or PPM.",
            "There is no command '/imgaes'; did you mean '/images'? /help lists them.",
            "There is no command '/xyzzy'. /help lists them.",
            "Name the files: /image PATH...",
            "Name the file: /save FILE.md or /save FILE.json",
            "'ROOT/x.txt' ends with neither .md nor .json, which say how the conversation is written.");
        _answers.ToString().Should().BeEmpty();
    }

    [Fact]
    public void Saved_as_markdown_what_was_said_is_text()
    {
        Talk("a.ppm <b>1</b> *and*\n- `this`?", "/save talk.md");
        File.ReadAllText(Path.Combine(_root, "talk.md")).Replace(_root, "/ROOT", StringComparison.Ordinal).Should().Be(
            "# A conversation with test\n\n## Question\n\n![Image 1](<file:///ROOT/a.ppm>)\nImage 1: /ROOT/a.ppm\n\n"
            + "\\<b\\>1\\</b\\> \\*and\\*\\\n\\- \\`this\\`?\n\n## Answer\n\na cat\n");
    }

    [Fact]
    public void Saved_as_json_it_is_whole_and_a_file_of_another_is_never_written_over()
    {
        File.WriteAllText(Path.Combine(_root, "mine.json"), "mine");
        Talk("a.ppm Which?", "/save talk.json", "Why?", "/save talk.json", "/save mine.json");
        string saved = File.ReadAllText(Path.Combine(_root, "talk.json"));
        JsonElement round = JsonDocument.Parse(saved).RootElement.GetProperty("rounds")[0];
        round.GetProperty("question").GetString().Should().Be("Which?");
        round.GetProperty("images")[0].GetProperty("number").GetInt32().Should().Be(1);
        round.GetProperty("answer").GetString().Should().Be("a cat");
        Notes().Should().Equal(
            "Image 1: ROOT/a.ppm",
            "Saved 1 round: ROOT/talk.json",
            "Saved 2 rounds: ROOT/talk.json",
            "'ROOT/mine.json' is there already: take another name.");
        File.ReadAllText(Path.Combine(_root, "mine.json")).Should().Be("mine");
    }

    [Fact]
    public void Control_characters_of_an_answer_or_a_name_never_reach_the_terminal()
    {
        using ChatModel model = ChatFixture.ModelThatSays("a\u001b[2Jcat");
        Talk(model, "/image no\u001b]0;x\u0007.jpg", "Which?");
        _answers.ToString().Should().Be("a\\u{1b}[2Jcat\n");
        Notes().Should().ContainSingle().Which.Should().StartWith("The image 'ROOT/no\\u{1b}]0;x\\u{7}.jpg'");
    }

    private string[] Notes()
    {
        string notes = _notes.ToString().Replace(_root, "ROOT", StringComparison.Ordinal);
        return notes.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private ConversationFile Talk(params string[] lines)
    {
        using ChatModel model = ChatFixture.ModelThatSays("a cat");
        return Talk(model, lines);
    }

    private ConversationFile Talk(ChatModel model, params string[] lines)
    {
        using ChatEngine engine = ChatFixture.NewEngine(model, new PrefixCacheLimits { Conversations = 1 });
        var loop = new ChatLoop
        {
            Model = "test",
            Checkpoint = "nowhere",
            Engine = engine,
            Images = new ChatImages(ChatFixture.ImageSize),
            Files = new ImageFiles(_root, _root),
            Settings = new AnswerSettings(),
            Lines = new GivenLines(lines),
            Answers = _answers,
            Notes = _notes,
            Interrupts = _interrupts,
        };
        loop.Run().Should().BeTrue();
        return loop.Conversation;
    }

    private sealed class GivenLines(string[] lines) : ILineSource
    {
        private readonly Queue<string> _lines = new(lines);

        public (LineEnd End, string Text) Read(string prompt) =>
            _lines.TryDequeue(out string? line) ? (LineEnd.Entered, line) : (LineEnd.NoMore, "");
    }
}
