using VisualChat.Pipeline.Conversations;

namespace VisualChat.Pipeline.Blending;

/// <summary>A sample whose records are read, and whose images of before are on their way.</summary>
/// <param name="Sample">Row of the plan's table.</param>
/// <param name="Parts">Its records, in order.</param>
/// <param name="Fetched">Every image its records name.</param>
internal sealed record ComposedSample(int Sample, IReadOnlyList<ComposedPart> Parts, FetchedImage[] Fetched);
