namespace VisualChat.Pipeline.Storage;

/// <summary>
/// An encoded image in reused memory. Every holder counts as a user and gives it back with
/// <see cref="Release"/>; after the last user its memory goes to the next image. An image that is
/// never given back costs no more than any array.
/// </summary>
internal sealed class PooledBytes
{
    private readonly PooledBuffers? _buffers;
    private readonly int _start;
    private byte[] _buffer;
    private int _users = 1;

    /// <summary>An image in a plain array.</summary>
    public PooledBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        (_buffer, Length) = (bytes, bytes.Length);
    }

    internal PooledBytes(PooledBuffers buffers, byte[] buffer, int start, int length)
    {
        _buffers = buffers;
        _buffer = buffer;
        _start = start;
        Length = length;
    }

    public int Length { get; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(_start, Length);

    /// <summary>The bytes, for the code that makes the image.</summary>
    internal Span<byte> Span => _buffer.AsSpan(_start, Length);

    /// <summary>
    /// Of an image in memory of <see cref="PooledBuffers"/>: the disk sectors that it fills, for
    /// reading it. The bytes after the image are undefined.
    /// </summary>
    internal Span<byte> Sectors => _buffer.AsSpan(_start, PooledBuffers.WholeSectors(Length));

    /// <summary>Adds a user.</summary>
    /// <returns>False: the last user has given it back already.</returns>
    public bool TryShare()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return true;
            users = seen;
        }

        return false;
    }

    /// <summary>
    /// Gives it back. Each user calls it once, and may not touch <see cref="Memory"/> afterwards.
    /// </summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _buffers?.Return(Interlocked.Exchange(ref _buffer, []));
    }
}
