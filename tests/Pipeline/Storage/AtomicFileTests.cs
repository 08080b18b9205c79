using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Writers_of_one_file_do_not_disturb_each_other()
    {
        string path = Path.Combine(_folder, "plan");

        await Parallel.ForAsync(0, 200, (number, _) =>
        {
            AtomicFile.WriteAllText(path, new string((char)('a' + (number % 26)), 5000));
            File.ReadAllText(path).Distinct().Should().ContainSingle("a file under its name is whole");
            return ValueTask.CompletedTask;
        });

        Directory.GetFiles(_folder).Should().Equal(path);
    }

    [Fact]
    public async Task A_writer_that_fails_leaves_the_file_as_it_was_and_nothing_else()
    {
        string path = Path.Combine(_folder, "page.html");
        AtomicFile.WriteAllText(path, "before");

        await FluentActions.Awaiting(() => AtomicFile.WriteAsync(path, async temporary =>
        {
            await File.WriteAllTextAsync(temporary, "half");
            throw new IOException("no room");
        })).Should().ThrowAsync<IOException>().WithMessage("no room");

        File.ReadAllText(path).Should().Be("before");
        Directory.GetFiles(_folder).Should().Equal(path);
    }

    [Fact]
    public void What_a_killed_writer_left_is_removed_and_a_users_file_is_not()
    {
        string left = "";
        AtomicFile.Write(Path.Combine(_folder, "manifest.json"), temporary =>
        {
            left = temporary;
            File.WriteAllText(temporary, "whole");
        });
        File.WriteAllText(left, "half");
        string own = Path.Combine(_folder, "notes.tmp");
        File.WriteAllText(own, "mine");

        AtomicFile.RemoveUnfinished(_folder);

        Directory.GetFiles(_folder).Should().BeEquivalentTo(own, Path.Combine(_folder, "manifest.json"));
    }

    [Fact]
    public void What_a_killed_program_left_of_trying_whether_a_folder_can_be_written_is_removed_too()
    {
        string left = "";
        using var watcher = new FileSystemWatcher(_folder);
        watcher.Created += (_, created) => Volatile.Write(ref left, created.FullPath);
        watcher.EnableRaisingEvents = true;
        OutputPath.RequireFolder("--out", _folder);
        SpinWait.SpinUntil(() => Volatile.Read(ref left).Length > 0, TimeSpan.FromSeconds(10)).Should().BeTrue();
        File.WriteAllText(left, "");

        AtomicFile.RemoveUnfinished(_folder);

        Directory.GetFiles(_folder).Should().BeEmpty();
    }
}
