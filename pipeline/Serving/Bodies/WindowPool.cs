namespace VisualChat.Pipeline.Serving.Bodies;

/// <summary>
/// Windows of <see cref="BodyReader"/> that are used again: each body that grows leaves as much
/// behind as it holds, and the collector would let it pile up. Thread safe.
/// </summary>
internal sealed class WindowPool
{
    private const long MostKeptBytes = 64_000_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Stack<byte[]>> _kept = [];
    private long _keptBytes;

    /// <param name="length">Bytes; a power of two.</param>
    public byte[] Rent(int length)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(length, out Stack<byte[]>? windows) && windows.TryPop(out byte[]? window))
            {
                _keptBytes -= length;
                return window;
            }
        }

        return GC.AllocateUninitializedArray<byte>(length);
    }

    public void Return(byte[] window)
    {
        lock (_lock)
        {
            if (_keptBytes + window.Length > MostKeptBytes)
                return;
            if (!_kept.TryGetValue(window.Length, out Stack<byte[]>? windows))
                _kept.Add(window.Length, windows = []);
            windows.Push(window);
            _keptBytes += window.Length;
        }
    }

    /// <summary>Leaves all that is kept to the collector.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _kept.Clear();
            _keptBytes = 0;
        }
    }
}
