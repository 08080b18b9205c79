using Microsoft.Win32.SafeHandles;

namespace VisualChat.Pipeline.Storage;

internal static class RandomAccessReading
{
    /// <summary>
    /// Reads until <paramref name="target"/> is full or the file ends: one call of the system may
    /// return less than it was asked for.
    /// </summary>
    /// <returns>Bytes read; fewer than asked for only at the end of the file.</returns>
    /// <exception cref="IOException">The storage failed.</exception>
    public static int ReadUntilFull(this SafeFileHandle file, Span<byte> target, long offset)
    {
        int read = 0;
        while (read < target.Length)
        {
            int got = RandomAccess.Read(file, target[read..], offset + read);
            if (got == 0)
                break;
            read += got;
        }

        return read;
    }
}
