using VisualChat.Model.Attention;

namespace VisualChat.Model.CrossAttention;

/// <summary>
/// Which positions of a batch look at which visual tokens. For a sample with two images of three
/// visual tokens, t for text and i for an image's own position in the decoder:
/// <code>
/// rows          t0 i1 t2 i3 t4
/// look at all    0  3  3  6  6    of its visual tokens, counted from the first
/// </code>
/// An image's position looks at the image itself. Where rows look at the image immediately before
/// them, it is the last three of those.
/// </summary>
/// <param name="Samples">
/// Each sample's positions as text rows, and its visual tokens as image rows that stand before
/// their image's position.
/// </param>
/// <param name="TokensOfImage">Visual tokens of an image.</param>
/// <param name="Images">Which images a row looks at.</param>
internal sealed record MediaLayout(IReadOnlyList<SampleLayout> Samples, int TokensOfImage, SeenImages Images)
{
    /// <summary>Visual tokens of the batch.</summary>
    public int Rows { get; } = Samples.Sum(sample => sample.ImageRows);

    /// <summary>The first visual token that rows look at who have so many before them.</summary>
    public long First(long before) => Images == SeenImages.All ? 0 : before - TokensOfImage;
}
