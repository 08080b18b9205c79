using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Model.Files;

/// <summary>
/// The one way to open a file that the user or the data names. It follows links, never waits for a
/// writer, and takes only a regular file of sane size: a FIFO, a socket, a device or a folder is
/// refused by what it is. Every failure is a <see cref="UserFileException"/>.
/// </summary>
/// <remarks>
/// An open costs two system calls: <c>open</c>, and <c>statx</c> on the open file, which gives its
/// kind and its length together; nothing can be exchanged between the two.
/// <see cref="File.OpenHandle"/> costs as many or more (<c>open</c>, <c>fstat</c>, <c>flock</c>).
/// <para>
/// What a person waits for is read whole by <see cref="ReadAllBytes"/>, which has a deadline. What
/// <see cref="Open(string, FileOptions)"/> opens has none, because it is also read by runs of days,
/// which a file server that starts again must not end; <see cref="FileWaits"/> tells the program
/// what it waits for.
/// </para>
/// </remarks>
public static partial class UserFile
{
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int NoTerminal = 0x100;
    private const int AdviseRandom = 1;
    private const int AdviseSequential = 2;
    private const int PieceBytes = 1 << 20;

    /// <summary>
    /// How long the storage may take to open a file of <see cref="ReadAllBytes"/>, and to read each
    /// megabyte of it. A tape library or a sleeping disk takes less.
    /// </summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Opens a regular file for reading.</summary>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="identity">The open file's identity, its length among it.</param>
    /// <param name="options">
    /// Advice to the system, which costs a third call: <see cref="FileOptions.RandomAccess"/> or
    /// <see cref="FileOptions.SequentialScan"/>.
    /// </param>
    /// <exception cref="UserFileException">
    /// It cannot be opened, or is no regular file.
    /// </exception>
    public static SafeFileHandle Open(string path, out FileIdentity identity, FileOptions options = FileOptions.None)
    {
        using FileWaits.Wait wait = FileWaits.For(path);
        SafeFileHandle file = OpenAnything(path);
        try
        {
            FileStatus status = FileStatus.Of(file, path);
            if (status.Kind != FileKind.File)
                throw FileErrors.NotAFile(path, status.Kind);
            identity = status.Identity;
            if (options.HasFlag(FileOptions.RandomAccess))
                _ = Advise(file, 0, 0, AdviseRandom);
            else if (options.HasFlag(FileOptions.SequentialScan))
                _ = Advise(file, 0, 0, AdviseSequential);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Open(string, out FileIdentity, FileOptions)"/>
    public static SafeFileHandle Open(string path, FileOptions options = FileOptions.None) =>
        Open(path, out _, options);

    /// <summary>Opens a regular file as a stream.</summary>
    /// <inheritdoc cref="Open(string, out FileIdentity, FileOptions)"/>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="bufferSize">Bytes that the stream reads ahead; 0: none.</param>
    /// <param name="options">Advice to the system.</param>
    public static FileStream OpenStream(
        string path, int bufferSize = 4096, FileOptions options = FileOptions.None) =>
        new(Open(path, options), FileAccess.Read, bufferSize);

    /// <summary>
    /// Reads a file whole. Another thread reads, so that this one can give up when the storage does
    /// not answer for a minute; starting it takes 0.1 ms.
    /// </summary>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="maxBytes">More than any file of its sort has.</param>
    /// <exception cref="UserFileException">
    /// It cannot be opened or read, or is too large.
    /// </exception>
    public static byte[] ReadAllBytes(string path, long maxBytes)
    {
        var reading = new Reading(path, Math.Min(maxBytes, Array.MaxLength));
        var thread = new Thread(reading.Run) { IsBackground = true, Name = "reading a file" };
        thread.Start();
        return reading.Result(Deadline);
    }

    /// <summary>
    /// Reads a text file whole: UTF-8, or what its byte order mark says.
    /// </summary>
    /// <inheritdoc cref="ReadAllBytes"/>
    public static string ReadAllText(string path, long maxBytes)
    {
        using var reader = new StreamReader(new MemoryStream(ReadAllBytes(path, maxBytes)));
        return reader.ReadToEnd();
    }

    /// <summary>
    /// What a path leads to, links followed, without opening it. What may not be looked at counts
    /// as missing. One system call.
    /// </summary>
    public static FileKind KindOf(string path)
    {
        if (path.Length == 0 || path.Contains('\0'))
            return FileKind.Missing;
        using FileWaits.Wait wait = FileWaits.For(path);
        return FileStatus.TryStat(path, out FileStatus status) == 0 ? status.Kind : FileKind.Missing;
    }

    private static SafeFileHandle OpenAnything(string path)
    {
        // The system would take the name up to the zero for the whole.
        if (path.Contains('\0'))
            throw new UserFileException(path, FileFault.Missing, "its name has a zero in it");
        const int flags = CloseOnExec | NoTerminal;
        int file = Retried(path, flags | NonBlocking);

        // A regular file that another process has a lease on (Samba's oplocks): an ordinary open
        // waits until it is given back.
        if (file < 0 && Marshal.GetLastPInvokeError() == FileErrors.WouldBlock && KindOf(path) == FileKind.File)
            file = Retried(path, flags);
        return file >= 0
            ? new SafeFileHandle(file, ownsHandle: true)
            : throw FileErrors.Of(path, Marshal.GetLastPInvokeError());
    }

    private static int Retried(string path, int flags)
    {
        int file;
        do
        {
            file = OpenFile(path, flags);
        }
        while (file < 0 && Marshal.GetLastPInvokeError() == FileErrors.Interrupted);
        return file;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    /// <summary>A file that one thread reads and another waits for.</summary>
    private sealed class Reading(string path, long maxBytes)
    {
        private readonly TaskCompletionSource<byte[]> _result = new();
        private int _answers;

        public void Run()
        {
            try
            {
                using SafeFileHandle file = Open(path, out FileIdentity identity);
                if (identity.Bytes > maxBytes)
                    throw FileErrors.TooLarge(path, identity.Bytes, maxBytes);
                _result.SetResult(Read(file, (int)identity.Bytes));
            }
            catch (IOException exception) when (exception is not UserFileException)
            {
                _result.SetException(new UserFileException(path, FileFault.Failed, exception.Message));
            }
            catch (Exception exception)
            {
                _result.SetException(exception);
            }
        }

        /// <summary>The file, once it is read; else what was wrong.</summary>
        public byte[] Result(TimeSpan deadline)
        {
            int seen = 0;
            while (Task.WaitAny([_result.Task], deadline) < 0)
            {
                int answers = Volatile.Read(ref _answers);
                if (answers == seen)
                    throw FileErrors.NoAnswer(path, deadline);
                seen = answers;
            }

            return _result.Task.GetAwaiter().GetResult();
        }

        private byte[] Read(SafeFileHandle file, int length)
        {
            using FileWaits.Wait wait = FileWaits.For(path);
            byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
            int read = 0;
            while (read < bytes.Length)
            {
                _ = Interlocked.Increment(ref _answers);
                Span<byte> piece = bytes.AsSpan(read, Math.Min(PieceBytes, bytes.Length - read));
                int got = RandomAccess.Read(file, piece, read);
                if (got == 0)
                    break;
                read += got;
            }

            // Shorter than it was when opened: it is being written.
            return read == bytes.Length ? bytes : bytes[..read];
        }
    }
}
