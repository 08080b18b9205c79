using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Tests.Commands;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed class WorldFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sample-world-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_folder_with_something_else_in_it_is_refused_and_left_as_it_was()
    {
        Directory.CreateDirectory(Path.Combine(_root, "coco"));
        File.WriteAllText(Path.Combine(_root, "coco", "mine.txt"), "mine");
        Action write = () => WorldWriter.Write(_root, new() { Samples = 40, Seed = 1 }, CancellationToken.None);
        write.Should().Throw<InputException>().WithMessage("*is not empty and has no sample-world.json*");
        Directory.GetFiles(_root, "*", SearchOption.AllDirectories)
            .Should()
            .Equal(Path.Combine(_root, "coco", "mine.txt"));
    }

    [Fact]
    public void A_file_in_the_folders_place_is_refused()
    {
        string file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Action write = () => WorldWriter.Write(file, new() { Samples = 40, Seed = 1 }, CancellationToken.None);
        write.Should().Throw<InputException>().WithMessage("*is a file*");
    }

    [Theory]
    [InlineData(39)]
    [InlineData(2_000_001)]
    public void A_number_of_samples_out_of_range_is_refused(int samples)
    {
        Action write = () => WorldWriter.Write(_root, new() { Samples = samples, Seed = 1 }, CancellationToken.None);
        write.Should()
            .Throw<InputException>()
            .WithMessage($"--samples is {samples}; it must be between 40 and 2000000.");
    }

    [Fact]
    public void A_new_world_replaces_an_earlier_one_and_leaves_other_files_beside_it()
    {
        WorldWriter.Write(_root, new() { Samples = 60, Seed = 1 }, CancellationToken.None);
        File.WriteAllText(Path.Combine(_root, "notes.txt"), "mine");
        WorldWriter.Write(_root, new() { Samples = 40, Seed = 2 }, CancellationToken.None);
        File.ReadAllText(Path.Combine(_root, "notes.txt")).Should().Be("mine");
        Directory.GetFiles(Path.Combine(_root, "coco", "train2017")).Length.Should().Be(16);
    }

    [Fact]
    public async Task The_command_says_in_JSON_what_it_wrote()
    {
        using var console = new TestConsole();
        var options = new SampleDataOptions
        {
            Directory = Path.Combine(_root, "world"),
            Samples = 40,
            Seed = 9,
            Json = true,
        };

        int status = await SampleDataCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(0);
        console.Output.Should().Contain(
            """
            "seed":9,"samples":40,"records":{"llava":10,"llava_dial":10,"otter_mimicit_cgd":8,
            """);
    }
}
