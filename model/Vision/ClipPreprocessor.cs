using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.HuggingFace;

namespace VisualChat.Model.Vision;

/// <summary>
/// A tower's <c>preprocessor_config.json</c> (transformers' CLIPImageProcessor) against what is
/// done to images here: resized with bicubic filtering, cropped at the centre unless both sides are
/// given, and normalised by <see cref="ClipNormalization"/>. A tower that was trained on other
/// pixels is refused.
/// </summary>
internal static class ClipPreprocessor
{
    private const string FileName = "preprocessor_config.json";
    private const long MaxBytes = 1_000_000;
    private const string Remedy = "Remove it if the tower takes CLIP's usual images.";
    private const int Bicubic = 3;
    private const double PerLevel = 1 / 255.0;

    // Files are written with 4 to 8 digits.
    private const double Tolerance = 1e-4;

    /// <summary>The side of the images that the file says; null: there is none.</summary>
    /// <exception cref="ModelException">The file cannot be read.</exception>
    public static int? SideIn(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (UserFile.KindOf(path) == FileKind.Missing)
            return null;
        JsonElement root = JsonFile.ReadObject(path, MaxBytes, Remedy);
        foreach (string key in (string[])["crop_size", "size"])
        {
            if (root.TryGetProperty(key, out JsonElement value)
                && Sides(value).FirstOrDefault() is { ValueKind: JsonValueKind.Number } side
                && side.TryGetInt32(out int pixels)
                && pixels is > 0 and <= SizeLimits.Pixels)
            {
                return pixels;
            }
        }

        return null;
    }

    /// <summary>Checks the file, if the folder has one.</summary>
    /// <exception cref="ModelException">It cannot be read, or says something else.</exception>
    public static void Check(string folder, int imageSize)
    {
        string path = Path.Combine(folder, FileName);
        if (UserFile.KindOf(path) == FileKind.Missing)
            return;
        JsonElement root = JsonFile.ReadObject(path, MaxBytes, Remedy);
        var problems = new List<string>();
        RequireNumbers("image_mean", Wide(ClipNormalization.Mean));
        RequireNumbers("image_std", Wide(ClipNormalization.StandardDeviation));
        RequireNumbers("resample", [Bicubic]);
        RequireNumbers("rescale_factor", [PerLevel]);
        bool isSquashed = root.TryGetProperty("size", out JsonElement size)
            && size.ValueKind == JsonValueKind.Object
            && size.TryGetProperty("height", out _)
            && size.TryGetProperty("width", out _);
        foreach (string step in (string[])["do_resize", "do_center_crop", "do_rescale", "do_normalize"])
        {
            if (isSquashed && step == "do_center_crop")
                continue; // Nothing is left to crop.
            if (root.TryGetProperty(step, out JsonElement value) && value.ValueKind == JsonValueKind.False)
                Refuse(step, value, "the step is always done here");
        }

        RequireSide("size");
        RequireSide("crop_size");
        if (problems.Count > 0)
            throw new ModelException(problems);

        void RequireNumbers(string key, params ReadOnlySpan<double> expected)
        {
            if (!root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
                return;
            JsonElement[] given = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
            bool isEqual = given.Length == expected.Length;
            for (int index = 0; index < given.Length && isEqual; index++)
            {
                isEqual = given[index].ValueKind == JsonValueKind.Number
                    && Math.Abs(given[index].GetDouble() - expected[index]) <= Tolerance;
            }

            if (!isEqual)
                Refuse(key, value, $"images are made with {string.Join(", ", expected.ToArray())} here");
        }

        void RequireSide(string key)
        {
            if (!root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
                return;
            JsonElement[] sides = Sides(value);
            bool isEqual = sides.Length > 0 && sides.All(side =>
                side.ValueKind == JsonValueKind.Number && side.TryGetInt32(out int pixels) && pixels == imageSize);
            if (!isEqual)
                Refuse(key, value, $"the tower takes images of {imageSize}");
        }

        void Refuse(string key, JsonElement value, string because) =>
            problems.Add($"'{path}': '{key}' is {ConfigFile.Shown(value)}, and {because}. {Remedy}");
    }

    // Of a number, or an object: {"shortest_edge": 224}, {"height": 224, "width": 224}.
    private static JsonElement[] Sides(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? [.. value.EnumerateObject().Select(side => side.Value)]
        : [value];

    private static double[] Wide(ReadOnlySpan<float> values) =>
        Array.ConvertAll(values.ToArray(), value => (double)value);
}
