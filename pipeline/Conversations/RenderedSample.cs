using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>A sample ready to be written, with what was left out of it.</summary>
internal sealed record RenderedSample
{
    /// <summary>The row; null if no round of the sample could be used.</summary>
    public required SampleRow? Row { get; init; }

    /// <summary>[rounds] Text tokens of each of the row's rounds.</summary>
    public required int[] RoundTokens { get; init; }

    /// <summary>The records left out, each with its reason.</summary>
    public required IReadOnlyList<(PlannedPart Part, RecordRejectedException Why)> Rejected { get; init; }

    /// <summary>Rounds cut off the end of records that are otherwise used.</summary>
    public required int RoundsDropped { get; init; }

    /// <summary>Answers that lost their end to <c>data.max_turn_tokens</c>.</summary>
    public required int AnswersCut { get; init; }

    /// <summary>The images prepared for the sample, to be released once it is written.</summary>
    public required IEnumerable<PreparedImage> Images { get; init; }
}
