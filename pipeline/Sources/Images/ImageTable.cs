using System.Text;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// The images of a recipe's datasets, each path once: its text, one length, its container and its
/// entry there.
/// </summary>
internal sealed class ImageTable : IImageTable
{
    private readonly Utf8Table _paths = new();
    private readonly List<ImageContainer> _containers = [];
    private readonly List<int> _containerOf = [];
    private readonly List<int> _entries = [];
    private readonly List<long> _lengths = [];

    public int Count => _paths.Count;

    /// <summary>The number of a usable image, which is added if it is new.</summary>
    public int Add(ImageContainer container, in ImageLookup image)
    {
        int number = _paths.Add(Encoding.UTF8.GetBytes(image.Path), out bool added);
        if (added)
        {
            int at = _containers.IndexOf(container);
            if (at < 0)
            {
                at = _containers.Count;
                _containers.Add(container);
            }

            _containerOf.Add(at);
            _entries.Add(image.Entry);
            _lengths.Add(image.Length);
        }

        return number;
    }

    public string PathOf(int image) => _paths.TextOf(image);

    public long LengthOf(int image) => _lengths[image];

    public PooledBytes Read(int image, PooledBuffers buffers)
    {
        ImageContainer container = _containers[_containerOf[image]];
        return container.Read(PathOf(image), _entries[image], buffers);
    }
}
