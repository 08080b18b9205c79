using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>What stands before the new rows of a sample that goes on.</summary>
/// <param name="TextRows">Text rows kept.</param>
/// <param name="ImageRows">Image rows kept.</param>
/// <param name="TextMask">[groups * new text rows, kept and new text rows] What of the text each new row sees, the rows once for each head of a group; null where there is one new row, which sees all.</param>
internal sealed record CachedPrefix(long TextRows, long ImageRows, Tensor? TextMask)
{
    public bool IsNothing => TextRows + ImageRows == 0;

    /// <summary>What stands before a number of new text rows.</summary>
    public static CachedPrefix Of(long textRows, long imageRows, long newTextRows, long groups, Device device) => new(textRows, imageRows,
        newTextRows < 2 || textRows + imageRows == 0 ? null : ones([newTextRows, textRows + newTextRows], dtype: ScalarType.Bool, device: device).tril(textRows).repeat(groups, 1));
}
