using VisualChat.Pipeline.Terminal.Chat;

namespace VisualChat.Pipeline.Tests.Terminal.Chat;

/// <summary>
/// What a typed line asks, and which files come with it: a, b, "my cat" and "it's (2)", all .jpg,
/// in the current folder; c.png at home; two images were shown before.
/// </summary>
public sealed class QuestionLineTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly ImageFiles _files;

    public QuestionLineTests()
    {
        string[] names =
            ["here/a.jpg", "here/b.jpg", "here/my cat.jpg", "here/it's (2).jpg", "here/notes.txt", "home/c.png"];
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, name))!);
            File.WriteAllText(Path.Combine(_root, name), "");
        }

        _files = new ImageFiles(Path.Combine(_root, "here"), Path.Combine(_root, "home"));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("What is this?", "What is this?")]
    [InlineData("What's \"this\"? It's 5\\6, isn't it?", "What's \"this\"? It's 5\\6, isn't it?")]
    [InlineData("Read notes.txt and here/a.png.txt", "Read notes.txt and here/a.png.txt")]
    [InlineData("  two\nlines  ", "two\nlines")]
    public void A_line_without_paths_is_the_question_letter_by_letter(string line, string question) =>
        Check(line, question);

    [Theory]
    [InlineData("a.jpg what is this?", "what is this?", "here/a.jpg")]
    [InlineData("a.jpg b.jpg", "", "here/a.jpg", "here/b.jpg")]
    [InlineData("What is this? a.jpg", "What is this?", "here/a.jpg")]
    [InlineData("Compare these: a.jpg b.jpg ", "Compare these:", "here/a.jpg", "here/b.jpg")]
    [InlineData("a.jpg What differs from b.jpg?", "What differs from image 4?", "here/a.jpg", "here/b.jpg")]
    public void Paths_before_and_after_it_are_taken_out(string line, string question, params string[] images) =>
        Check(line, question, images);

    [Theory]
    [InlineData("What is in a.jpg", "What is in image 3", "here/a.jpg")]
    [InlineData("How do a.jpg and b.jpg differ?", "How do image 3 and image 4 differ?", "here/a.jpg", "here/b.jpg")]
    [InlineData("a.jpg and b.jpg: which is older?", "image 3 and image 4: which is older?", "here/a.jpg", "here/b.jpg")]
    [InlineData("Look (a.jpg), is a.jpg red?", "Look (image 3), is image 3 red?", "here/a.jpg")]
    public void Inside_a_sentence_a_path_becomes_the_images_number(
        string line, string question, params string[] images) =>
        Check(line, question, images);

    [Theory]
    [InlineData("'my cat.jpg' Why?", "here/my cat.jpg")]
    [InlineData("\"my cat.jpg\" Why?", "here/my cat.jpg")]
    [InlineData("my\\ cat.jpg Why?", "here/my cat.jpg")]
    [InlineData("my cat.jpg Why?", "here/my cat.jpg")]
    [InlineData("it\\'s\\ \\(2\\).jpg Why?", "here/it's (2).jpg")]
    [InlineData("'it'\\''s (2).jpg' Why?", "here/it's (2).jpg")]
    [InlineData("it's (2).jpg Why?", "here/it's (2).jpg")]
    [InlineData("~/c.png Why?", "home/c.png")]
    [InlineData("../home/c.png Why?", "home/c.png")]
    public void Paths_are_read_as_terminals_insert_them(string line, string image) => Check(line, "Why?", image);

    [Fact]
    public void Addresses_of_files_and_full_paths_are_too()
    {
        string folder = Path.Combine(_root, "here");
        Check($"file://{folder}/my%20cat.jpg Why?", "Why?", "here/my cat.jpg");
        Check($"{folder}/my cat.jpg Why?", "Why?", "here/my cat.jpg");
        Check($"{folder}/my\\ cat.jpg {folder}/a.jpg Why?", "Why?", "here/my cat.jpg", "here/a.jpg");
    }

    [Fact]
    public void What_looks_like_an_image_and_is_none_stays_text_and_is_named()
    {
        QuestionLine line = QuestionLine.Read("Is ./z.jpg like a.jpg or https://example.org/d.jpg?", _files, 2);
        line.Question.Should().Be("Is ./z.jpg like image 3 or https://example.org/d.jpg?");
        line.Missing.Should().Equal("./z.jpg");
    }

    private void Check(string line, string question, params string[] images)
    {
        QuestionLine read = QuestionLine.Read(line, _files, 2);
        read.Question.Should().Be(question);
        read.Images.Should().Equal(images.Select(image => Path.Combine(_root, image)));
        read.Missing.Should().BeEmpty();
    }
}
