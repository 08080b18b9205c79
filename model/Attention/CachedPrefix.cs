using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>The cached rows of a sample that stand before its new rows.</summary>
/// <param name="TextRows">Text rows in the cache.</param>
/// <param name="ImageRows">Image rows in the cache.</param>
/// <param name="TextMask">
/// [groups · new text rows, cached and new text rows] The text that each new row attends to, once
/// for each head of a group; null if there is at most one new row, which attends to all text.
/// </param>
internal sealed record CachedPrefix(long TextRows, long ImageRows, Tensor? TextMask)
{
    public bool IsEmpty => TextRows + ImageRows == 0;

    public static CachedPrefix Of(long textRows, long imageRows, long newTextRows, long groups, Device device)
    {
        if (newTextRows < 2 || textRows + imageRows == 0)
            return new CachedPrefix(textRows, imageRows, TextMask: null);
        long[] shape = [newTextRows, textRows + newTextRows];
        Tensor mask = ones(shape, dtype: ScalarType.Bool, device: device).tril(textRows).repeat(groups, 1);
        return new CachedPrefix(textRows, imageRows, mask);
    }
}
