using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending.Preparing;

/// <summary>
/// Prepared images that will be taken again: the next ones in memory, the others in a spool on the
/// disk (some 0.1 ms of processor time to write and read one, against 1 ms and more for preparing
/// it). Safe to call from many threads.
/// </summary>
internal sealed class KeptImages : IKeptImages
{
    /// <summary>Bytes of images that stay in memory.</summary>
    private const long MostNearBytes = 64_000_000;

    private readonly ImageUses _uses;
    private readonly NearImages _near;
    private readonly ImageSpool _spool;
    private readonly int[] _usesDone;
    private readonly (long Offset, int Length)[] _spooled;

    /// <summary>Keeps none yet.</summary>
    /// <param name="uses">What will be taken, and when.</param>
    /// <param name="spoolPath">Where the spool is made.</param>
    /// <param name="buffers">Where the memory of images read from it comes from.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public KeptImages(ImageUses uses, string spoolPath, PooledBuffers buffers)
    {
        _uses = uses;
        _near = new NearImages(MostNearBytes, Spool);
        _spool = new ImageSpool(spoolPath, buffers);
        _usesDone = new int[uses.Images];
        _spooled = new (long, int)[uses.Images];
    }

    public bool IsTakenOnce(int image) => _uses.CountOf(image) == 1;

    public PooledBytes? Find(int image)
    {
        if (_near.Find(image) is { } near)
            return near;
        return IsSpooled(image) ? _spool.Read(_spooled[image].Offset, _spooled[image].Length) : null;
    }

    public Task<PooledBytes>? Fetch(int image)
    {
        if (_near.Find(image) is { } near)
            return Task.FromResult(near);
        return IsSpooled(image) ? _spool.ReadAsync(_spooled[image].Offset, _spooled[image].Length) : null;
    }

    public void Add(int image, PooledBytes bytes)
    {
        int nextUse = Math.Min(_usesDone[image] + 1, _uses.CountOf(image) - 1);
        _near.Add(image, bytes, _uses.PlaceOf(image, nextUse));
    }

    public void CountUse(int image)
    {
        int done = Interlocked.Increment(ref _usesDone[image]);
        if (done == _uses.CountOf(image))
            _near.Remove(image);
        else
            _near.Delay(image, _uses.PlaceOf(image, done));
    }

    public void Dispose() => _spool.Dispose();

    private bool IsSpooled(int image) => Volatile.Read(ref _spooled[image].Length) > 0;

    private void Spool(int image, PooledBytes bytes)
    {
        _spooled[image].Offset = _spool.Append(bytes.Memory.Span);
        Volatile.Write(ref _spooled[image].Length, bytes.Length);
    }
}
