using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Cache;

/// <summary>
/// A sample world that a process uses: until it is disposed of, or the process ends in any way, no
/// process removes the world. It is a shared lock of the file that every world has.
/// </summary>
internal sealed class HeldWorld : IDisposable
{
    // A process that removes the world holds it alone for as long as a rename takes.
    private const int Tries = 40;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    private readonly SafeFileHandle _marker;

    private HeldWorld(SafeFileHandle marker) => _marker = marker;

    /// <summary>Holds a world and marks it as used; null if it is not there.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static HeldWorld? TryHold(string folder)
    {
        string path = Path.Join(folder, CacheFolder.WorldMarker);
        for (int left = Tries; ; left--)
        {
            try
            {
                SafeFileHandle marker = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
                if (IsStillAt(path, marker))
                {
                    LastUse.Mark(path);
                    return new HeldWorld(marker);
                }

                marker.Dispose();
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (IOException) when (left > 0)
            {
                Thread.Sleep(BetweenTries);
            }
        }
    }

    /// <summary>
    /// Holds a world alone, to remove it; null if a process uses it, or it is gone.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static HeldWorld? TryHoldAlone(string folder)
    {
        try
        {
            // For writing: a network file system gives the lock for that only.
            string path = Path.Join(folder, CacheFolder.WorldMarker);
            SafeFileHandle marker = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            if (IsStillAt(path, marker))
                return new HeldWorld(marker);
            marker.Dispose();
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _marker.Dispose();

    // Between opening it and locking it, another process may have moved it out of its place.
    private static bool IsStillAt(string path, SafeFileHandle marker)
    {
        try
        {
            FileIdentity held = FileIdentity.Of(marker), there = FileIdentity.Of(path);
            return (held.Device, held.Inode) == (there.Device, there.Inode);
        }
        catch (UserFileException)
        {
            return false;
        }
    }
}
