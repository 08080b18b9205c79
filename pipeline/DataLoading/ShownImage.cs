using VisualChat.Pipeline.Features;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>An image of a sample.</summary>
/// <param name="Key">What it is.</param>
/// <param name="From">The sample.</param>
/// <param name="Index">Its place among the sample's images, from 0.</param>
internal sealed record ShownImage(ImageKey Key, LoadedRow From, int Index);
