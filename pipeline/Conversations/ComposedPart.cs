using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>One record of a sample, read.</summary>
/// <param name="Planned">What the plan says of it.</param>
/// <param name="Rounds">Its rounds; empty if it was rejected.</param>
/// <param name="Rejection">Why it cannot be used; null if it can.</param>
internal sealed record ComposedPart(
    PlannedPart Planned, IReadOnlyList<RecordRound> Rounds, RecordRejectedException? Rejection);
