using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending.Preparing;

/// <summary>
/// Of the images that will be taken again, the ones that will be taken soonest, in memory. The plan
/// says when, so this is Bélády's rule (A study of replacement algorithms, 1966), which is optimal.
/// Memory grows with the square of the look-ahead. With each image used twice at random, keeping
/// 1/30 of them saves a third of the disk reads. Safe to call from many threads.
/// </summary>
/// <param name="mostBytes">Bytes to hold.</param>
/// <param name="leave">Called with each image that must make room, before it goes.</param>
internal sealed class NearImages(long mostBytes, Action<int, PooledBytes> leave)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<int, (PooledBytes Bytes, int Next)> _images = [];
    private readonly SortedSet<(int Next, int Image)> _order = [];
    private long _bytes;

    /// <summary>Gets an image for one more user.</summary>
    /// <returns>Null if it is not here.</returns>
    public PooledBytes? Find(int image)
    {
        lock (_changing)
        {
            if (!_images.TryGetValue(image, out (PooledBytes Bytes, int Next) found))
                return null;
            _ = found.Bytes.TryShare();
            return found.Bytes;
        }
    }

    /// <summary>Adds an image, as one more user of it; the ones taken last make room.</summary>
    /// <param name="image">The image.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="next">The place of its next use.</param>
    public void Add(int image, PooledBytes bytes, int next)
    {
        _ = bytes.TryShare();
        lock (_changing)
        {
            _images.Add(image, (bytes, next));
            _ = _order.Add((next, image));
            _bytes += bytes.Length;
            while (_bytes > mostBytes)
            {
                (_, int last) = _order.Max;
                leave(last, _images[last].Bytes);
                RemoveFound(last);
            }
        }
    }

    /// <summary>Says when an image will be taken next, if it is here.</summary>
    /// <param name="image">The image.</param>
    /// <param name="next">The place of its next use.</param>
    public void Delay(int image, int next)
    {
        lock (_changing)
        {
            if (!_images.TryGetValue(image, out (PooledBytes Bytes, int Next) found))
                return;
            _ = _order.Remove((found.Next, image));
            _ = _order.Add((next, image));
            _images[image] = (found.Bytes, next);
        }
    }

    /// <summary>Gives an image back that will not be taken any more, if it is here.</summary>
    public void Remove(int image)
    {
        lock (_changing)
        {
            if (_images.ContainsKey(image))
                RemoveFound(image);
        }
    }

    private void RemoveFound(int image)
    {
        _ = _images.Remove(image, out (PooledBytes Bytes, int Next) found);
        _ = _order.Remove((found.Next, image));
        _bytes -= found.Bytes.Length;
        found.Bytes.Release();
    }
}
