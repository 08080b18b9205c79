using VisualChat.Pipeline.Terminal.Chat;
using VisualChat.Pipeline.Terminal.Lines;

namespace VisualChat.Pipeline.Tests.Terminal.Chat;

/// <summary>
/// Tab completes the names of commands, folders and images, quoted as the word was begun.
/// </summary>
public sealed class PathCompletionTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public PathCompletionTests()
    {
        string[] names =
            ["cat.jpg", "my cat.jpg", "my dog.png", "it's.jpg", "notes.txt", "photos/p.webp", ".hidden.jpg"];
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, name))!);
            File.WriteAllText(Path.Combine(_root, name), "");
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("c", "cat.jpg ")]
    [InlineData("What is in my", "What is in my\\ cat.jpg ", "What is in my\\ dog.png ")]
    [InlineData("What's my\\ d", "What's my\\ dog.png ")]
    [InlineData("What is 'my c", "What is 'my cat.jpg' ")]
    [InlineData("What is \"it", "What is \"it's.jpg\" ")]
    [InlineData("it", "it\\'s.jpg ")]
    [InlineData("photos/", "photos/p.webp ")]
    [InlineData("./ph", "./photos/")]
    [InlineData(".h", ".hidden.jpg ")]
    [InlineData("n")]
    [InlineData("nowhere/")]
    [InlineData("/im", "/image ", "/images ")]
    [InlineData("/he", "/help ")]
    public void A_text_is_continued(string text, params string[] expected)
    {
        var completing = new PathCompletion(new ImageFiles(_root, _root), ["/help", "/image", "/images"]);
        LineCompletion completion = completing.Complete(text);
        completion.Candidates.Select(candidate => text[..completion.Start] + candidate.Text).Should().Equal(expected);
    }
}
