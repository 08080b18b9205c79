using System.Runtime.InteropServices;

namespace VisualChat.Model.Files;

/// <summary>What the system's errors mean to a user, and what to do.</summary>
internal static class FileErrors
{
    public const int Interrupted = 4;
    public const int WouldBlock = 11;

    private const int NotPermitted = 1;
    private const int NoEntry = 2;
    private const int NoDevice = 6;
    private const int Access = 13;
    private const int NotAFolder = 20;
    private const int FilesOfMachine = 23;
    private const int FilesOfProcess = 24;
    private const int NameTooLong = 36;
    private const int LinkLoop = 40;

    public static UserFileException Of(string path, int error) => error switch
    {
        NoEntry or NotAFolder => new(path, FileFault.Missing, Missing(path)),
        LinkLoop => new(path, FileFault.Failed, "its links lead in a circle; link it to the file itself"),
        NameTooLong => new(path, FileFault.Failed, "the name is longer than a file system allows"),
        Access or NotPermitted => new(
            path, FileFault.Denied, "permission denied; give this user read permission for it and its folders"),
        FilesOfProcess or FilesOfMachine => new(path, FileFault.TooManyOpen, TooManyOpen(error)),
        NoDevice when FileStatus.TryStat(path, out FileStatus status) == 0 && status.Kind != FileKind.File =>
            NotAFile(path, status.Kind),
        _ => new(path, FileFault.Failed, $"{Marshal.GetPInvokeErrorMessage(error)} (error {error})"),
    };

    /// <summary>For what is there, but is no regular file.</summary>
    public static UserFileException NotAFile(string path, FileKind kind)
    {
        string what = kind switch
        {
            FileKind.Folder => "a folder",
            FileKind.Fifo => "a FIFO (named pipe)",
            FileKind.Socket => "a socket",
            FileKind.Device => "a device",
            _ => "something special",
        };
        string todo = kind == FileKind.Fifo
            ? "save what comes through it as a file, and name that"
            : "name a regular file";
        return new UserFileException(path, FileFault.NotAFile, $"it is {what}, not a file; {todo}");
    }

    public static UserFileException TooLarge(string path, long bytes, long maxBytes) =>
        new(
            path,
            FileFault.TooLarge,
            $"it has {bytes:N0} bytes, and a file of its sort has at most {maxBytes:N0}; is it the right one?");

    public static UserFileException NoAnswer(string path, TimeSpan waited) =>
        new(
            path,
            FileFault.NoAnswer,
            $"its storage has not answered for {waited.TotalSeconds:0} s; does the mount that it is on work?");

    private static string Missing(string path) =>
        FileStatus.IsLink(path) ? "it is a link to nothing; is what it leads to mounted?" : "there is no such file";

    private static string TooManyOpen(int error) => error == FilesOfProcess
        ? OpenFileLimit.Problem
        : "too many files are open on this machine; close other programs";
}
