using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>The cached rows of a sample that stand before its new rows.</summary>
/// <param name="TextRows">Text rows in the cache.</param>
/// <param name="ImageRows">Image rows in the cache.</param>
/// <param name="TextMask">
/// [groups · new text rows, cached and new text rows] The text that each new row attends to, once
/// for each head of a group; null if there is at most one new row, which attends to all text. Where
/// text holds both kinds, it attends to both.
/// </param>
/// <param name="ImageMask">
/// [groups · new image rows, text rows and image rows up to the last] What each new image row
/// attends to where it attends to everything before it; else null.
/// </param>
internal sealed record CachedPrefix(long TextRows, long ImageRows, Tensor? TextMask, Tensor? ImageMask = null)
{
    public bool IsEmpty => TextRows + ImageRows == 0;

    /// <summary>Makes the masks of new rows.</summary>
    /// <param name="textRows">Text rows in the cache.</param>
    /// <param name="imageRows">Image rows in the cache.</param>
    /// <param name="added">The new rows.</param>
    /// <param name="mode">The attention.</param>
    /// <param name="groups">Query heads of a group.</param>
    /// <param name="device">Where the masks are.</param>
    public static CachedPrefix Of(
        long textRows, long imageRows, SampleLayout added, AttentionMode mode, long groups, Device device)
    {
        var prefix = new CachedPrefix(textRows, imageRows, TextMask: null);
        if (prefix.IsEmpty)
            return prefix;
        if (added.TextRows > 1)
        {
            Tensor mask = mode == AttentionMode.CraCaMask
                ? prefix.OfJointText(added, device)
                : Lower(added.TextRows, textRows + added.TextRows, textRows, device);
            prefix = prefix with { TextMask = mask.repeat(groups, 1) };
        }

        if (added.ImageRows > 0 && mode == AttentionMode.CausalTwoSoftmaxes)
            prefix = prefix with { ImageMask = prefix.OfImages(added, device).repeat(groups, 1) };
        return prefix;
    }

    private Tensor OfJointText(SampleLayout added, Device device)
    {
        long end = TextRows + added.TextRows + added.TextSegments[^1].OtherRowsBefore, own = 0;
        List<Tensor> parts = [];
        foreach (Segment segment in added.TextSegments)
        {
            parts.Add(Lower(segment.Length, end, TextRows + own + segment.OtherRowsBefore, device));
            own += segment.Length;
        }

        return cat(parts, 0);
    }

    private Tensor OfImages(SampleLayout added, Device device)
    {
        long text = TextRows + added.ImageSegments[^1].OtherRowsBefore, image = ImageRows + added.ImageRows, own = 0;
        List<Tensor> parts = [];
        foreach (Segment segment in added.ImageSegments)
        {
            long[] all = [segment.Length, TextRows + segment.OtherRowsBefore];
            long[] none = [segment.Length, text - all[1]];
            parts.Add(cat(
                [
                    ones(all, dtype: ScalarType.Bool, device: device),
                    zeros(none, dtype: ScalarType.Bool, device: device),
                    Lower(segment.Length, image, ImageRows + own, device),
                ],
                1));
            own += segment.Length;
        }

        return cat(parts, 0);
    }

    // [rows, columns] The first row attends to what stands before it and to itself.
    private static Tensor Lower(long rows, long columns, long before, Device device)
    {
        long[] shape = [rows, columns];
        return ones(shape, dtype: ScalarType.Bool, device: device).tril(before);
    }
}
