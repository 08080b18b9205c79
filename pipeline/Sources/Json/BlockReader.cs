using System.Buffers;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Sources.Json;

/// <summary>
/// A window that slides over a file by positional reads into one pooled buffer. What lies before
/// the window is gone, so memory is one block, or the longest value a caller wants contiguous.
/// Costs one copy from the page cache and nothing else; the lower bound is a plain read of the
/// file. Not a memory map: docs/decisions/0004-positional-reads.md.
/// </summary>
internal sealed class BlockReader : IDisposable
{
    // Fits the second-level cache of a core, so that searching the block reads it from there and
    // not from memory again.
    private const int BlockBytes = 512 << 10;

    private readonly SafeFileHandle _handle;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private int _start;
    private int _end;

    public BlockReader(string path)
    {
        _handle = UserFile.Open(path, out FileIdentity identity, FileOptions.SequentialScan);
        Length = identity.Bytes;
    }

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Where in the file the window begins.</summary>
    public long Offset { get; private set; }

    /// <summary>
    /// The bytes read and not yet passed. Valid until the next call of <see cref="More"/>.
    /// </summary>
    public ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Moves the window's beginning forward.</summary>
    public void Advance(int count)
    {
        _start += count;
        Offset += count;
    }

    /// <summary>Lengthens the window by what the file has next; its beginning stays.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool More()
    {
        int kept = _end - _start;
        if (kept == 0)
        {
            _start = _end = 0;
        }
        else if (_buffer.Length - _end < BlockBytes / 2)
        {
            byte[] next = kept <= _buffer.Length / 2 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(_start, kept).CopyTo(next);
            if (!ReferenceEquals(next, _buffer))
                ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = next;
            (_start, _end) = (0, kept);
        }

        int read = RandomAccess.Read(_handle, _buffer.AsSpan(_end), Offset + kept);
        _end += read;
        return read > 0;
    }

    public void Dispose()
    {
        _handle.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }
}
