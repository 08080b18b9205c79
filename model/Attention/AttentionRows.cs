namespace VisualChat.Model.Attention;

/// <summary>
/// A batch's queries, keys and values, packed as <see cref="InterleavedLayout"/> says.
/// </summary>
/// <param name="Text">[text rows, heads, head dim]</param>
/// <param name="Image">
/// [image rows, heads, head dim], without queries if image rows need none; null without images.
/// </param>
/// <param name="Stream">
/// The rows of both, text first, where they were made together; else null.
/// </param>
/// <param name="InOrder">
/// [1 or samples, rows, heads, head dim] Keys and values of both in <see cref="ReadingOrder"/>,
/// where the text's softmax takes both; else null.
/// </param>
internal sealed record AttentionRows(
    HeadRows Text, HeadRows? Image, HeadRows? Stream = null, HeadRows? InOrder = null);
