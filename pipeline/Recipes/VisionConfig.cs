using System.Text.Json;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The two numbers of a vision tower that decide how many positions an image takes.</summary>
/// <param name="PatchSize">Side of a patch, in pixels.</param>
/// <param name="ImageSize">Side of the image the tower takes, in pixels; null: any.</param>
internal sealed record VisionConfig(int PatchSize, int? ImageSize)
{
    /// <summary>
    /// Reads a Hugging Face folder's <c>config.json</c>, of a CLIP model or of its vision tower alone; a key left out has the value of
    /// transformers' CLIPVisionConfig. Null when there is none to read: shards can be made where the model is not.
    /// </summary>
    public static VisionConfig? TryRead(string folder)
    {
        try
        {
            using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
            JsonElement vision = config.RootElement.TryGetProperty("vision_config", out JsonElement inner) ? inner : config.RootElement;
            return new VisionConfig(SizeOf(vision, "patch_size", 32), SizeOf(vision, "image_size", 224));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static int SizeOf(JsonElement config, string key, int otherwise) =>
        config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int size) && size > 0
            ? size
            : otherwise;
}
