using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>
/// A batch's queries, keys and values, packed as <see cref="InterleavedLayout"/> says. Keys and
/// values are not yet repeated for grouped queries.
/// </summary>
/// <param name="Query">[text rows, heads, head dim]</param>
/// <param name="Key">[text rows, key-value heads, head dim]</param>
/// <param name="Value">[text rows, key-value heads, head dim]</param>
/// <param name="ImageQuery">
/// [image rows, heads, head dim]; null if image rows need no query.
/// </param>
/// <param name="ImageKey">[image rows, key-value heads, head dim]; null without images.</param>
/// <param name="ImageValue">[image rows, key-value heads, head dim]; null without images.</param>
internal sealed record AttentionRows(
    Tensor Query, Tensor Key, Tensor Value, Tensor? ImageQuery, Tensor? ImageKey, Tensor? ImageValue);
