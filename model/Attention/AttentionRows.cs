using TorchSharp;

namespace VisualChat.Model.Attention;

/// <summary>A batch's queries, keys and values, packed as <see cref="InterleavedLayout"/> says, keys and values not yet repeated for grouped queries.</summary>
/// <param name="Query">[text rows, heads, head dim]</param>
/// <param name="Key">[text rows, key-value heads, head dim]</param>
/// <param name="Value">[text rows, key-value heads, head dim]</param>
/// <param name="ImageQuery">[image rows, heads, head dim]; null where no image row asks.</param>
/// <param name="ImageKey">[image rows, key-value heads, head dim]; null without images.</param>
/// <param name="ImageValue">[image rows, key-value heads, head dim]; null without images.</param>
internal sealed record AttentionRows(
    torch.Tensor Query, torch.Tensor Key, torch.Tensor Value, torch.Tensor? ImageQuery, torch.Tensor? ImageKey, torch.Tensor? ImageValue);
