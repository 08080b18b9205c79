using System.Text.Json;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// Events as one line of JSON each. Numbers are written in full, so that equal lines mean equal
/// figures; NaN and infinities are null.
/// </summary>
internal static class TrainingEventJson
{
    /// <summary>The event as a line, without the line end.</summary>
    public static string Write(TrainingEvent happened) => JsonSerializer.Serialize(happened, JsonText.Line);

    /// <exception cref="JsonException">The line is not an event.</exception>
    public static TrainingEvent Read(string line) =>
        JsonSerializer.Deserialize<TrainingEvent>(line, JsonText.Line)
        ?? throw new JsonException("null is not an event.");
}
