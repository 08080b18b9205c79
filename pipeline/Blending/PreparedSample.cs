using VisualChat.Pipeline.Conversations;

namespace VisualChat.Pipeline.Blending;

/// <summary>A sample whose records are read and whose images are prepared.</summary>
/// <param name="Sample">Row of the plan's table.</param>
/// <param name="Parts">Its records, in order.</param>
/// <param name="Images">Every image its records name, by id.</param>
internal sealed record PreparedSample(
    int Sample, IReadOnlyList<ComposedPart> Parts, IReadOnlyDictionary<int, PreparedImage> Images);
