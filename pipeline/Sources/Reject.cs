using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Sources;

/// <summary>One record left out: a line of <c>rejects.jsonl</c>.</summary>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Ordinal">
/// The record's number among the dataset's records, from 0, over all its files.
/// </param>
/// <param name="Record">The record's label: its key, or <c>FILE[index]</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">What exactly, for a person to act on.</param>
internal sealed record Reject(
    [property: JsonPropertyName("source")] string Dataset,
    int Ordinal,
    string Record,
    RejectReason Reason,
    string Detail);
