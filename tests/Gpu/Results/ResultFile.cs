using System.Text.Json;
using System.Text.Json.Serialization;

namespace VisualChat.Gpu.Results;

/// <summary>
/// The run's figures as lines of JSON. Each is written when it is measured: what a later step does
/// to the process or the machine takes none of them away.
/// </summary>
internal sealed class ResultFile(string path)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether every figure added by this process is within its limits.</summary>
    public bool AllMet { get; private set; } = true;

    /// <summary>Writes a figure, and shows it.</summary>
    public void Add(Measurement measured)
    {
        AllMet &= measured.IsMet;
        File.AppendAllText(path, JsonSerializer.Serialize(measured, Json) + "\n");
        string value = measured.Text ?? $"{measured.Value:G5} {measured.Unit}".TrimEnd();
        Console.WriteLine($"{measured.Step}: {measured.What}: {value}{(measured.IsMet ? "" : " (NOT MET)")}");
    }

    /// <summary>Every figure so far.</summary>
    public IReadOnlyList<Measurement> Measurements() =>
        [.. Lines().Where(line => !IsStepEnd(line)).Select(line => line.Deserialize<Measurement>(Json)!)];

    /// <summary>How the steps so far ended.</summary>
    public IReadOnlyList<StepEnd> Steps() =>
        [.. Lines().Where(IsStepEnd).Select(line => line.Deserialize<StepEnd>(Json)!)];

    private static bool IsStepEnd(JsonElement line) => line.TryGetProperty("limit", out _);

    // A process that was killed may have left half a line.
    private IEnumerable<JsonElement> Lines()
    {
        if (!File.Exists(path))
            yield break;
        foreach (string line in File.ReadLines(path))
        {
            JsonElement? parsed = null;
            try
            {
                parsed = JsonElement.Parse(line);
            }
            catch (JsonException)
            {
                Console.Error.WriteLine($"Not a line of results: {line}");
            }

            if (parsed is { } element)
                yield return element;
        }
    }
}
