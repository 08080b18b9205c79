using System.Diagnostics;
using System.Net.Sockets;
using VisualChat.Model.Files;

namespace VisualChat.Model.Tests.Files;

public sealed class UserFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-files-").FullName;

    [Fact]
    public void A_file_is_read_whole_through_links()
    {
        string file = At("file");
        File.WriteAllText(file, "twelve bytes");
        File.CreateSymbolicLink(At("link"), file);
        File.CreateSymbolicLink(At("linked-link"), At("link"));
        Assert.Equal("twelve bytes"u8, UserFile.ReadAllBytes(At("linked-link"), maxBytes: 12));
    }

    [Fact]
    public void A_links_length_and_identity_are_the_files()
    {
        File.WriteAllText(At("file"), "twelve bytes");
        File.CreateSymbolicLink(At("link"), At("file"));
        using var file = UserFile.Open(At("link"), out FileIdentity identity);
        Assert.Equal(12, identity.Bytes);
        Assert.Equal(FileIdentity.Of(At("file")), identity);
        Assert.Equal(identity, FileIdentity.Of(file));
    }

    [Fact]
    public void An_empty_file_is_a_file()
    {
        File.WriteAllText(At("file"), "");
        Assert.Empty(UserFile.ReadAllBytes(At("file"), maxBytes: 10));
    }

    [Fact]
    public void A_fifo_is_refused_at_once_and_named()
    {
        MakeFifo();
        var watch = Stopwatch.StartNew();
        UserFileException refusal = Refusal("fifo", FileFault.NotAFile);
        Assert.True(watch.ElapsedMilliseconds < 5000);
        Assert.Equal(
            "it is a FIFO (named pipe), not a file; save what comes through it as a file, and name that",
            refusal.Problem);
        Assert.Equal($"'{At("fifo")}' cannot be read: {refusal.Problem}", refusal.Message);
    }

    [Fact]
    public void A_device_is_refused_through_a_link()
    {
        File.CreateSymbolicLink(At("zero"), "/dev/zero");
        Assert.Equal(
            "it is a device, not a file; name a regular file", Refusal("zero", FileFault.NotAFile).Problem);
    }

    [Fact]
    public void A_socket_is_refused_and_named()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("socket")));
        Assert.StartsWith("it is a socket", Refusal("socket", FileFault.NotAFile).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_refused_and_named()
    {
        Directory.CreateDirectory(At("folder"));
        Assert.StartsWith("it is a folder", Refusal("folder", FileFault.NotAFile).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_is_told_from_a_link_to_nothing_and_a_circle_of_links()
    {
        File.CreateSymbolicLink(At("dangling"), At("nothing"));
        File.CreateSymbolicLink(At("circle"), At("circle"));
        Assert.Equal("there is no such file", Refusal("nothing", FileFault.Missing).Problem);
        Assert.Equal(
            "it is a link to nothing; is what it leads to mounted?", Refusal("dangling", FileFault.Missing).Problem);
        Assert.Equal(
            "its links lead in a circle; link it to the file itself", Refusal("circle", FileFault.Failed).Problem);
        Assert.Equal("there is no such file", Refusal("nothing/inner", FileFault.Missing).Problem);
        Assert.Equal("its name has a zero in it", Refusal("a\0b", FileFault.Missing).Problem);
    }

    [Fact]
    public void A_file_that_is_too_large_is_not_read()
    {
        using (FileStream file = File.Create(At("large")))
            file.SetLength(5L << 40);
        Assert.Equal(
            "it has 5,497,558,138,880 bytes, and a file of its sort has at most 1,000; is it the right one?",
            Refusal("large", FileFault.TooLarge).Problem);
    }

    [Fact]
    public void A_change_that_sets_the_time_back_is_another_identity()
    {
        File.WriteAllText(At("file"), "before");
        DateTime time = File.GetLastWriteTimeUtc(At("file"));
        FileIdentity before = FileIdentity.Of(At("file"));
        Thread.Sleep(20);
        File.WriteAllText(At("file"), "after!");
        File.SetLastWriteTimeUtc(At("file"), time);
        FileIdentity after = FileIdentity.Of(At("file"));
        Assert.Equal((before.Inode, before.Bytes), (after.Inode, after.Bytes));
        Assert.NotEqual(before, after);
    }

    [Fact]
    public void The_kind_is_told_without_opening()
    {
        MakeFifo();
        File.WriteAllText(At("file"), "");
        Assert.Equal(FileKind.Fifo, UserFile.KindOf(At("fifo")));
        Assert.Equal(FileKind.File, UserFile.KindOf(At("file")));
        Assert.Equal(FileKind.Folder, UserFile.KindOf(_folder));
        Assert.Equal(FileKind.Missing, UserFile.KindOf(At("nothing")));
        Assert.Equal(FileKind.Device, UserFile.KindOf("/dev/null"));
    }

    [Fact]
    public void The_file_that_a_thread_waits_for_is_known()
    {
        using (FileWaits.For("/hung/outer"))
        {
            using (FileWaits.For("/hung/inner"))
                Assert.Contains(FileWaits.All(), wait => wait.Path == "/hung/inner");
            Assert.Contains(FileWaits.All(), wait => wait.Path == "/hung/outer");
        }

        Assert.DoesNotContain(FileWaits.All(), wait => wait.Path.StartsWith("/hung/", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private void MakeFifo()
    {
        using var made = Process.Start("mkfifo", At("fifo"));
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    private UserFileException Refusal(string name, FileFault fault)
    {
        var refusal = Assert.Throws<UserFileException>(() => UserFile.ReadAllBytes(At(name), maxBytes: 1000));
        Assert.Equal(fault, refusal.Fault);
        return refusal;
    }
}
