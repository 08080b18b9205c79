using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>images</c>.</summary>
internal sealed record ImageSettings
{
    /// <summary>Side of a patch, in pixels, where nothing says otherwise (CLIP ViT-L/14).</summary>
    public const int DefaultPatch = 14;

    [Meaning("What shards hold: the prepared crop, or the source's own bytes.")]
    [Fingerprint(5)]
    public ImageStore Store { get; init; } = ImageStore.Resized;

    [Meaning("Side of the prepared crop in pixels; the vision model's input size.")]
    [Range(From = 8, To = 4096)]
    [Fingerprint(7, When = nameof(IsResized)), Decides(Outcome.Training | Outcome.Answers)]
    public int Size { get; init; } = 224;

    [Meaning(
        "How an image becomes a square: its middle, or all of it with both sides resized. " +
        "Crop, unless the preprocessor_config.json of model.vision says that both sides are resized.")]
    [Fingerprint(21, Name = "image_resize", When = nameof(IsResized), UnlessDefault = true)]
    [Decides(Outcome.Training | Outcome.Answers), Written(When = nameof(IsSquashed))]
    public ImageResize Resize { get; init; } = ImageResize.Crop;

    [Meaning("How a prepared crop is encoded.")]
    [Fingerprint(8, When = nameof(IsResized))]
    public ImageEncoding Encoding { get; init; } = ImageEncoding.Ppm;

    /// <summary>Filled in from the vision model when a recipe is read.</summary>
    [Meaning("Visual tokens of an image; null: as model.vision makes them, else (size / 14)² + 1.")]
    [Range(From = 1, To = 65536), NullAllowed, Derived]
    [Fingerprint(6), Decides(Outcome.Training)]
    public int? Tokens { get => field ?? TokensOf(Size, DefaultPatch); init; }

    /// <summary>Whether an image's shape is given up, as shards before did not know.</summary>
    public bool IsSquashed => Resize == ImageResize.Squash;

    /// <summary>What the model sees of an image.</summary>
    public ImageFrame Frame => new(Size, Resize);

    [Meaning(
        "Which image of a conversation is shown where it mentions its first, its second and so on. " +
        "DeepSpeed-VisualChat's code shows the last one first: reversed is for its weights.")]
    [Decides(Outcome.Training | Outcome.Answers)]
    public ImageOrder Order { get; init; } = ImageOrder.Reading;

    /// <summary>Visual tokens of an image.</summary>
    public int VisualTokens => Tokens!.Value;

    /// <summary>
    /// If not, the source's bytes are kept: neither size nor encoding touches them.
    /// </summary>
    public bool IsResized => Store == ImageStore.Resized;

    /// <summary>
    /// Tokens a vision transformer makes of a square image: one a patch, and the class token.
    /// </summary>
    public static int TokensOf(int size, int patch) => (size / patch * (size / patch)) + 1;
}
