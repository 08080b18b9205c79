using System.Text.Json;
using VisualChat.Model.HuggingFace;

namespace VisualChat.Model.Language;

/// <summary>
/// Reads how a decoder's positions are rotated: <c>rope_theta</c> with <c>rope_scaling</c>, or
/// transformers 5's <c>rope_parameters</c>, which holds both.
/// </summary>
internal static class RopeConfig
{
    private const double DefaultTheta = 10000;
    private const string PartialFactor = "partial_rotary_factor";

    private static readonly string[] Known =
        ["rope_type", "type", "rope_theta", "factor", "low_freq_factor", "high_freq_factor",
         "original_max_position_embeddings"];

    /// <summary>A configuration with its rotary settings.</summary>
    /// <exception cref="Errors.ModelException">
    /// The kind of scaling, or one of its settings, is not known.
    /// </exception>
    public static LlamaConfig Read(ConfigFile file, LlamaConfig config)
    {
        const string Older = "rope_scaling", Newer = "rope_parameters";
        JsonElement? older = file.Object(Older), newer = file.Object(Newer);
        if (older is { } one && newer is { } other && !JsonElement.DeepEquals(one, other))
            throw file.Problem($"'{Older}' and '{Newer}' differ; keep the one that is meant");
        double theta = file.Number("rope_theta", DefaultTheta, above: 0);
        if ((newer ?? older) is not { } rope)
            return config with { RopeTheta = theta };

        string name = newer is null ? Older : Newer;
        foreach (JsonProperty key in rope.EnumerateObject())
        {
            bool isOne = key.Value.ValueKind == JsonValueKind.Number && key.Value.GetDouble() == 1;
            bool isKnown = key.NameEquals(PartialFactor) ? isOne : Known.Contains(key.Name);
            if (!isKnown && key.Value.ValueKind != JsonValueKind.Null)
            {
                throw file.Problem(
                    $"'{key.Name}' of '{name}' is {ConfigFile.Shown(key.Value)}, and no scaling known here has it");
            }
        }

        RopeScaling scaling = ScalingOf(file, name, rope);
        LlamaConfig read = config with
        {
            RopeTheta = Number("rope_theta", theta),
            Scaling = scaling,
            ScalingFactor = scaling == RopeScaling.None ? 1 : Number("factor", null, above: 0),
            LowFrequencyFactor = scaling == RopeScaling.Llama3 ? Number("low_freq_factor", null) : 1,
            HighFrequencyFactor = scaling == RopeScaling.Llama3 ? Number("high_freq_factor", null) : 4,
            OriginalPositions = OriginalPositions() ?? config.OriginalPositions,
        };
        return read.HighFrequencyFactor > read.LowFrequencyFactor
            ? read
            : throw file.Problem($"'high_freq_factor' of '{name}' must be above 'low_freq_factor'");

        double Number(string key, double? otherwise, double above = 0)
        {
            if (rope.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
                return file.NumberOf(key, value, above);
            return otherwise ?? throw file.Problem($"'{name}' has no '{key}'");
        }

        int? OriginalPositions()
        {
            const string Key = "original_max_position_embeddings";
            double positions = Number(Key, scaling == RopeScaling.Llama3 ? null : config.MaxPositions);
            if (scaling == RopeScaling.Dynamic && positions != config.MaxPositions)
                throw file.Problem($"'{Key}' is {positions}, which dynamic scaling takes from max_position_embeddings");
            if (positions > SizeLimits.Positions || positions != Math.Floor(positions))
                throw file.Problem($"'{Key}' is {positions}, not a number of positions");
            return scaling == RopeScaling.Llama3 ? (int)positions : null;
        }
    }

    private static RopeScaling ScalingOf(ConfigFile file, string name, JsonElement rope)
    {
        string kind = TextIn("rope_type") ?? TextIn("type") ?? "default";
        return kind switch
        {
            "default" => RopeScaling.None,
            "linear" => RopeScaling.Linear,
            "dynamic" => RopeScaling.Dynamic,
            "llama3" => RopeScaling.Llama3,
            _ => throw file.Problem($"'{name}' is '{kind}'; known here: linear, dynamic, llama3"),
        };

        string? TextIn(string key) =>
            rope.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
                ? value.ToString()
                : null;
    }
}
