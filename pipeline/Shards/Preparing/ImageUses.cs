namespace VisualChat.Pipeline.Shards.Preparing;

/// <summary>When each image of a blend is taken: the places of its uses among all uses, in the order of the samples. Four bytes a use.</summary>
internal sealed class ImageUses
{
    private readonly int[] _first;
    private readonly int[] _places;

    /// <summary>Counts the uses.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="taken">The image of each use, in order; gone through twice.</param>
    public ImageUses(int images, IEnumerable<int> taken)
    {
        _first = new int[images + 1];
        foreach (int image in taken)
            _first[image + 1]++;
        for (int image = 0; image < images; image++)
            _first[image + 1] += _first[image];
        _places = new int[_first[images]];
        int[] next = _first[..images];
        int place = 0;
        foreach (int image in taken)
            _places[next[image]++] = place++;
    }

    /// <summary>How often an image is taken.</summary>
    public int CountOf(int image) => _first[image + 1] - _first[image];

    /// <summary>The place of an image's use.</summary>
    /// <param name="image">The image.</param>
    /// <param name="use">The use, from 0.</param>
    public int PlaceOf(int image, int use) => _places[_first[image] + use];
}
