using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// The two numbers of a vision tower that decide how many positions an image takes.
/// </summary>
/// <param name="PatchSize">Side of a patch, in pixels.</param>
/// <param name="ImageSize">Side of the image the tower takes, in pixels; null: any.</param>
internal sealed record VisionConfig(int PatchSize, int? ImageSize)
{
    /// <summary>A recipe's vision tower; null if there is none to read.</summary>
    public static VisionConfig? Of(ModelSettings? model) => model?.Vision switch
    {
        { Sizes: { } sizes } => new VisionConfig(sizes.PatchSize, null),
        { Folder: { } folder } => TryRead(folder.FullPath),
        _ => null,
    };

    /// <summary>
    /// Reads a Hugging Face folder's <c>config.json</c>, of a CLIP model or of its vision tower
    /// alone; a key left out has the value of transformers' CLIPVisionConfig. Null when there is
    /// none: shards can be made where the model is not.
    /// </summary>
    /// <exception cref="InputException">There is one, and it cannot be read.</exception>
    private static VisionConfig? TryRead(string folder)
    {
        string file = Path.Combine(folder, "config.json");
        try
        {
            JObject config = JObject.Parse(UserFile.ReadAllText(file, FileLimits.Document));
            JToken? vision = config["vision_config"] ?? config;
            return vision is JObject sizes
                ? new VisionConfig(SizeOf(sizes, "patch_size", 32), SizeOf(sizes, "image_size", 224))
                : null;
        }
        catch (UserFileException exception) when (exception.Fault == FileFault.Missing)
        {
            return null;
        }
        catch (UserFileException exception)
        {
            throw new InputException($"model.vision: {exception.Message}");
        }
        catch (JsonException exception)
        {
            throw new InputException($"model.vision: '{file}' is not a JSON object: {exception.Message}");
        }
    }

    private static int SizeOf(JObject config, string key, int otherwise) =>
        config[key] is JValue { Value: long and > 0 and <= int.MaxValue and var size } ? (int)size : otherwise;
}
