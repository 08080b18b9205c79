using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly string _folder;

    public AtomicFolderTests() => _folder = Path.Combine(_parent, "made");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void A_folder_is_replaced_whole()
    {
        AtomicFolder.Replace(_folder, folder => File.WriteAllText(Path.Combine(folder, "old"), ""));
        AtomicFolder.Replace(_folder, folder => File.WriteAllText(Path.Combine(folder, "new"), ""));

        Directory.GetFileSystemEntries(_folder).Should().Equal(Path.Combine(_folder, "new"));
        Directory.GetFileSystemEntries(_parent).Should().Equal(_folder);
    }

    [Fact]
    public void A_folder_is_replaced_though_a_killed_process_left_the_one_before_it()
    {
        AtomicFolder.Replace(_folder, folder => File.WriteAllText(Path.Combine(folder, "old"), ""));
        Directory.CreateDirectory(Path.Combine(_parent, ".replaced-made"));

        AtomicFolder.Replace(_folder, folder => File.WriteAllText(Path.Combine(folder, "new"), ""));

        Directory.GetFileSystemEntries(_folder).Should().Equal(Path.Combine(_folder, "new"));
        Directory.GetFileSystemEntries(_parent).Should().Equal(_folder);
    }

    [Fact]
    public void A_replacement_that_fails_leaves_the_folder_as_it_was()
    {
        AtomicFolder.Replace(_folder, folder => File.WriteAllText(Path.Combine(folder, "old"), ""));

        Action fail = () => AtomicFolder.Replace(_folder, _ => throw new IOException("no room"));

        fail.Should().Throw<IOException>().WithMessage("no room");
        AtomicFolder.Recover(_parent);
        Directory.GetFileSystemEntries(_parent).Should().Equal(_folder);
        Directory.GetFileSystemEntries(_folder).Should().Equal(Path.Combine(_folder, "old"));
    }

    [Fact]
    public void The_first_of_several_makers_wins()
    {
        AtomicFolder.Add(_folder, folder =>
        {
            AtomicFolder.Add(_folder, other => File.WriteAllText(Path.Combine(other, "content"), "first"));
            File.WriteAllText(Path.Combine(folder, "content"), "second");
        });

        File.ReadAllText(Path.Combine(_folder, "content")).Should().Be("first");
        Directory.GetFileSystemEntries(_parent).Should().Equal(_folder);
    }
}
