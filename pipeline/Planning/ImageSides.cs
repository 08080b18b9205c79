using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// The side of every image. A component of images goes to one side whole, unless it has more
/// conversations than are to be held out: then each of its images is drawn on its own.
/// </summary>
internal sealed class ImageSides
{
    private readonly ImageComponents _components;
    private readonly ulong[] _keys;
    private readonly ulong _heldOutBelow;
    private readonly double _mostConversations;
    private readonly HashSet<int> _heldOut;

    public ImageSides(SourceCatalog catalog, double fraction, long seed)
    {
        long conversations = catalog.Datasets.Sum(dataset => (long)dataset.ConversationCount);
        _components = new ImageComponents(catalog);
        _keys = KeysOf(catalog.Images, seed);
        _heldOutBelow = (ulong)(fraction * ulong.MaxValue);
        _mostConversations = Math.Max(fraction * conversations, 1);
        _heldOut = DrawComponents(fraction);
    }

    /// <summary>The side of one image.</summary>
    public Split SideOf(int image)
    {
        int root = _components.RootOf(image);
        bool isHeldOut = IsCut(root) ? _keys[image] < _heldOutBelow : _heldOut.Contains(root);
        return isHeldOut ? Split.Validation : Split.Train;
    }

    /// <summary>The side of all of these images, or null if they are on both.</summary>
    public Split? SideOf(ReadOnlySpan<int> images)
    {
        Split side = SideOf(images[0]);
        foreach (int image in images[1..])
        {
            if (SideOf(image) != side)
                return null;
        }

        return side;
    }

    private static ulong[] KeysOf(IImageTable images, long seed)
    {
        var keys = new ulong[images.Count];
        for (int image = 0; image < keys.Length; image++)
            keys[image] = new KeyedRandom(seed, images.PathOf(image), 0, "split").NextBits();
        return keys;
    }

    private bool IsCut(int root) => _components.ConversationsOf(root) > _mostConversations;

    /// <summary>
    /// The roots of the components held out: those that still fit into the fraction, in the order
    /// of <see cref="ComponentKeys"/>.
    /// </summary>
    private HashSet<int> DrawComponents(double fraction)
    {
        ulong[] keys = ComponentKeys();
        var whole = new List<(ulong Key, int Root)>();
        long conversations = 0;
        foreach (int root in _components.Roots)
        {
            if (_components.ConversationsOf(root) == 0 || IsCut(root))
                continue;
            whole.Add((keys[root], root));
            conversations += _components.ConversationsOf(root);
        }

        whole.Sort();
        var heldOut = new HashSet<int>();
        long room = (long)Math.Round(fraction * conversations);
        foreach ((_, int root) in whole)
        {
            if (_components.ConversationsOf(root) > room)
                continue;
            heldOut.Add(root);
            room -= _components.ConversationsOf(root);
        }

        return heldOut;
    }

    /// <summary>
    /// [roots] The smallest key of a component's images: it does not depend on the images' ids.
    /// </summary>
    private ulong[] ComponentKeys()
    {
        var smallest = new ulong[_keys.Length];
        Array.Fill(smallest, ulong.MaxValue);
        for (int image = 0; image < _keys.Length; image++)
        {
            int root = _components.RootOf(image);
            smallest[root] = Math.Min(smallest[root], _keys[image]);
        }

        return smallest;
    }
}
