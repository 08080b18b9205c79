namespace VisualChat.Pipeline.Blending.Preparing;

/// <summary>
/// When each image of a blend is taken: the places of its uses among all uses, in the order of the
/// samples. Four bytes a use.
/// </summary>
internal sealed class ImageUses
{
    private readonly int[] _first;
    private readonly int[] _places;

    /// <summary>Counts the uses.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="taken">[uses] The image of each use, in order.</param>
    public ImageUses(int images, int[] taken)
    {
        _first = new int[images + 1];
        foreach (int image in taken)
            _first[image + 1]++;
        for (int image = 0; image < images; image++)
            _first[image + 1] += _first[image];
        _places = new int[taken.Length];
        int[] next = _first[..images];
        for (int place = 0; place < taken.Length; place++)
            _places[next[taken[place]]++] = place;
    }

    /// <summary>Number of images.</summary>
    public int Images => _first.Length - 1;

    /// <summary>How often an image is taken.</summary>
    public int CountOf(int image) => _first[image + 1] - _first[image];

    /// <summary>The place of an image's use.</summary>
    /// <param name="image">The image.</param>
    /// <param name="use">The use, from 0.</param>
    public int PlaceOf(int image, int use) => _places[_first[image] + use];
}
