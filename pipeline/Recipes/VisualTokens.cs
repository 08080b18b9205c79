using System.Text.Json;

namespace VisualChat.Pipeline.Recipes;

/// <summary>How many positions one image takes in the model.</summary>
public static class VisualTokens
{
    /// <summary>
    /// <c>images.tokens</c> if given; else the vision model's own, (image_size / patch_size)² + 1 of its sizes or of its <c>config.json</c>
    /// where that is there; else (size / 14)² + 1, as CLIP ViT-L/14 has.
    /// </summary>
    public static int Of(Recipe recipe)
    {
        if (recipe.Images.Tokens is { } given)
            return given;
        if (recipe.Model?.VisionSizes is { } sizes && sizes.TryGetValue("patch_size", out double patch))
            return Count(recipe.Images.Size, (int)patch);
        string? config = recipe.Model?.Vision is { } folder ? Path.Combine(folder, "config.json") : null;
        if (File.Exists(config))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(config));
            JsonElement vision = document.RootElement.TryGetProperty("vision_config", out JsonElement nested) ? nested : document.RootElement;
            if (vision.TryGetProperty("patch_size", out JsonElement patchSize))
                return Count(recipe.Images.Size, patchSize.GetInt32());
        }

        return Count(recipe.Images.Size, 14);
    }

    private static int Count(int size, int patch) => (size / patch * (size / patch)) + 1;
}
