using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// What of a vision tower decides how many positions an image takes, and how it is prepared.
/// </summary>
/// <param name="PatchSize">Side of a patch, in pixels.</param>
/// <param name="ImageSize">Side of the image the tower takes, in pixels; null: any.</param>
internal sealed record VisionConfig(int PatchSize, int? ImageSize)
{
    private const string PreprocessorFile = "preprocessor_config.json";

    /// <summary>Visual tokens of any image, where a resampler makes them; null: patches.</summary>
    public int? Queries { get; init; }

    /// <summary>
    /// Why the tower's weights, which tell its kind, cannot be read; null: they can, or there are
    /// none.
    /// </summary>
    public string? Unread { get; init; }

    /// <summary>How images become squares, where the tower's folder says it.</summary>
    public ImageResize? Resize { get; init; }

    /// <summary>A recipe's vision tower; null if there is none to read.</summary>
    public static VisionConfig? Of(ModelSettings? model) => model?.Vision switch
    {
        { Sizes: { } sizes } => new VisionConfig(sizes.PatchSize, null)
        {
            Queries = sizes.HasResampler ? sizes.Queries : null,
        },
        { Folder: { } folder } => Of(folder.FullPath),
        _ => null,
    };

    /// <summary>Visual tokens of an image.</summary>
    /// <param name="imageSize">Its side in pixels.</param>
    public int TokensOf(int imageSize) => Queries ?? ImageSettings.TokensOf(imageSize, PatchSize);

    private static VisionConfig? Of(string folder)
    {
        VisionConfig? config = TryReadQwen(folder, out string? unread) ?? TryRead(folder);
        return config is null ? null : config with { Resize = ResizeIn(folder), Unread = unread };
    }

    // By its tensors: the release's config.json describes a CLIP of another image size.
    private static VisionConfig? TryReadQwen(string folder, out string? unread)
    {
        try
        {
            return QwenVisionConfig.TryRead(folder, out unread) is { } qwen
                ? new VisionConfig(qwen.PatchSize, qwen.ImageSize) { Queries = qwen.Queries }
                : null;
        }
        catch (ModelException exception)
        {
            throw new InputException([.. exception.Problems.Select(problem => $"model.vision: {problem}")]);
        }
    }

    // Whether both sides are given is all that is read here. What else the file says is checked
    // when the tower is loaded.
    private static ImageResize? ResizeIn(string folder)
    {
        try
        {
            string text = UserFile.ReadAllText(Path.Combine(folder, PreprocessorFile), FileLimits.Document);
            return JObject.Parse(text)["size"] is JObject sides
                && sides.ContainsKey("height")
                && sides.ContainsKey("width")
                ? ImageResize.Squash
                : null;
        }
        catch (Exception exception) when (exception is UserFileException or JsonException)
        {
            return null;
        }
    }

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
