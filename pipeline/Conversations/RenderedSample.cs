using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>A sample ready to be written, with what was left out of it.</summary>
/// <param name="Row">The row; null if no round of the sample could be used.</param>
/// <param name="TurnTokens">[turns] Text tokens of each of the row's turns.</param>
/// <param name="Rejected">The records left out, each with its reason.</param>
/// <param name="RoundsDropped">Rounds cut off the end of records that are otherwise used.</param>
public sealed record RenderedSample(
    SampleRow? Row, int[] TurnTokens, IReadOnlyList<(PlannedPart Part, RecordRejectedException Why)> Rejected, int RoundsDropped);
