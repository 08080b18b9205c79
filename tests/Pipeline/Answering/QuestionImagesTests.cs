using System.Diagnostics;
using VisualChat.Pipeline.Answering;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tests.Answering;

/// <summary>
/// A round's images are files of one folder: x.ppm, y.ppm and "x y.ppm" are there, and outside.ppm
/// beside the folder.
/// </summary>
public sealed class QuestionImagesTests : IDisposable
{
    private const string NameFolder = "name the folder that has all images with --images.";

    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly QuestionImages _images;

    public QuestionImagesTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "images"));
        foreach (string name in new[] { "images/x.ppm", "images/y.ppm", "images/x y.ppm", "outside.ppm" })
            File.WriteAllBytes(Path.Combine(_root, name), [.. "P6\n8 8\n255\n"u8, .. new byte[192]]);
        _images = new QuestionImages(Path.Combine(_root, "images"), new ChatImages(8));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("x.ppm", "x.ppm")]
    [InlineData("x.ppm y.ppm", "x.ppm", "y.ppm")]
    [InlineData("x.ppm  \n y.ppm ", "x.ppm", "y.ppm")]
    [InlineData("x y.ppm", "x y.ppm")]
    public void A_text_is_one_path_where_that_file_is_and_else_several(string written, params string[] expected) =>
        _images.Of(new AskedRound("?", [written])).Select(image => image.Source).Should().Equal(expected);

    [Fact]
    public void Paths_of_an_array_come_one_by_one() =>
        _images.Of(new AskedRound("?", ["x y.ppm", "x.ppm"])).Select(image => image.Source)
            .Should().Equal("x y.ppm", "x.ppm");

    [Theory]
    [InlineData("z.ppm", "The image 'z.ppm' cannot be read: there is no such file.")]
    [InlineData("../outside.ppm", "The image '../outside.ppm' is not in ROOT/images: " + NameFolder)]
    [InlineData("/etc/hostname", "The image '/etc/hostname' is not in ROOT/images: " + NameFolder)]
    public void A_file_that_is_missing_or_elsewhere_is_refused(string written, string problem)
    {
        Action reading = () => _images.Of(new AskedRound("?", [written]));
        reading.Should().Throw<InputException>().WithMessage(problem.Replace("ROOT", _root, StringComparison.Ordinal));
    }

    [Fact]
    public void A_pipe_or_a_device_among_the_images_is_refused_at_once()
    {
        string folder = Path.Combine(_root, "images");
        using (Process made = Process.Start("mkfifo", Path.Combine(folder, "pipe.jpg")))
            made.WaitForExit();
        File.CreateSymbolicLink(Path.Combine(folder, "linked.jpg"), Path.Combine(folder, "pipe.jpg"));
        File.CreateSymbolicLink(Path.Combine(folder, "endless.jpg"), "/dev/zero");

        ProblemWith("pipe.jpg").Should().StartWith("The image 'pipe.jpg' cannot be read: it is a FIFO");
        ProblemWith("linked.jpg").Should().StartWith("The image 'linked.jpg' cannot be read: it is a FIFO");
        ProblemWith("endless.jpg").Should().StartWith("The image 'endless.jpg' cannot be read: it is a device");
    }

    [Fact]
    public void More_images_than_any_model_reaches_are_refused_before_one_is_read() =>
        ProblemWith(string.Join(' ', Enumerable.Repeat("x.ppm", 1001)))
            .Should().Be("The round has 1,001 images; at most 1,000 are shown.");

    private string ProblemWith(string written)
    {
        Action reading = () => _images.Of(new AskedRound("?", [written]));
        return reading.Should().Throw<InputException>().Which.Message;
    }
}
