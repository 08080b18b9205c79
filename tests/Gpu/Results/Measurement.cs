using System.Text.Json.Serialization;

namespace VisualChat.Gpu.Results;

/// <summary>One figure of a run: a line of <c>results.jsonl</c>, a row of the table.</summary>
/// <remarks>The scripts in Python write the same lines.</remarks>
internal sealed record Measurement
{
    /// <summary>The step that measured it.</summary>
    public required string Step { get; init; }

    /// <summary>What was measured.</summary>
    public required string What { get; init; }

    /// <summary>The figure; null where it is a word.</summary>
    public double? Value { get; init; }

    /// <summary>A version, a name, a list; null where it is a figure.</summary>
    public string? Text { get; init; }

    /// <summary>What one of the figure is.</summary>
    public string? Unit { get; init; }

    /// <summary>The most it may be; null: not limited.</summary>
    public double? AtMost { get; init; }

    /// <summary>The least it may be; null: not limited.</summary>
    public double? AtLeast { get; init; }

    /// <summary>Whether it is within its limits. NaN never is.</summary>
    [JsonIgnore]
    public bool IsMet =>
        (AtMost is not { } most || Value <= most) && (AtLeast is not { } least || Value >= least);
}
