using VisualChat.Model;

namespace VisualChat.Pipeline.Features;

/// <summary>An image's features, read when a micro-batch is prepared.</summary>
/// <param name="File">The file that has them.</param>
/// <param name="Row">Their place in it.</param>
internal sealed record StoredFeatures(FeatureFile File, int Row) : IImageFeatures
{
    public void CopyTo(Span<byte> room) => File.Read(Row, room);
}
