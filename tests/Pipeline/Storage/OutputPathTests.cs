using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class OutputPathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_new_place_and_an_old_one_can_be_written_and_nothing_is_made()
    {
        File.WriteAllText(At("old.csv"), "old");
        OutputPath.RequireFile("--out", At("old.csv"));
        OutputPath.RequireFile("--out", At("new.csv"));
        OutputPath.RequireFile("--out", At("a/b/new.csv"));
        OutputPath.RequireFolder("--out", At("a/b"));
        OutputPath.RequireFolder("--out", _folder);
        Directory.GetFileSystemEntries(_folder).Should().Equal(At("old.csv"));
        File.ReadAllText(At("old.csv")).Should().Be("old");
    }

    [Fact]
    public void A_folder_is_no_file()
    {
        Directory.CreateDirectory(At("results.csv"));
        ProblemOf(() => OutputPath.RequireFile("--out", At("results.csv")))
            .Should().Be($"--out '{At("results.csv")}' is a folder: name a file in it.");
    }

    [Fact]
    public void A_device_is_no_file() =>
        ProblemOf(() => OutputPath.RequireFile("--html", "/dev/null"))
            .Should().Be("--html '/dev/null' is no regular file: name another, which is made or replaced.");

    [Fact]
    public void A_file_is_no_folder_nor_is_there_one_in_it()
    {
        File.WriteAllText(At("file"), "");
        string problem = $"cannot be written: '{At("file")}' is a file, not a folder.";
        ProblemOf(() => OutputPath.RequireFolder("--out", At("file"))).Should().EndWith(problem);
        ProblemOf(() => OutputPath.RequireFolder("--out", At("file/a/b"))).Should().EndWith(problem);
        ProblemOf(() => OutputPath.RequireFile("--out", At("file/a.csv"))).Should().EndWith(problem);
    }

    [Fact]
    public void A_folder_that_leads_nowhere_is_told()
    {
        File.CreateSymbolicLink(At("link"), At("nothing"));
        ProblemOf(() => OutputPath.RequireFolder("--out", At("link")))
            .Should().Be($"--out '{At("link")}' cannot be written: '{At("link")}' is a link to nothing.");
    }

    [Fact]
    public void A_place_that_nobody_may_write_to_is_told() =>
        FluentActions.Invoking(() => OutputPath.RequireFile("--out", "/proc/results.csv"))
            .Should().Throw<WorkException>().WithMessage("--out '/proc/results.csv' cannot be written: *");

    private static string ProblemOf(Action require) => require.Should().Throw<InputException>().Which.Message;

    private string At(string name) => Path.Combine(_folder, name);
}
