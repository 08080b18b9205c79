using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;

namespace VisualChat.Model.Vision;

/// <summary>
/// Sizes of CLIP's vision tower, with the names and defaults of transformers' CLIPVisionConfig
/// (<c>config.json</c>).
/// </summary>
public sealed record ClipVisionConfig : VisionTowerConfig
{
    internal const string Type = "clip_vision_model";

    // vocab_size: LLaVA's files have it here, of no use to a tower.
    private static readonly ConfigKeys Keys = new(
        "model_type",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "image_size",
        "patch_size",
        "layer_norm_eps",
        "hidden_act",
        "num_channels",
        "tie_word_embeddings",
        "vocab_size");

    /// <inheritdoc/>
    public override string Kind => ClipParameters.Kind;

    /// <summary><c>hidden_size</c></summary>
    public override int HiddenSize { get; init; } = 768;

    /// <summary><c>intermediate_size</c></summary>
    public override int IntermediateSize { get; init; } = 3072;

    /// <summary><c>num_hidden_layers</c></summary>
    public override int Layers { get; init; } = 12;

    /// <summary><c>num_attention_heads</c></summary>
    public override int Heads { get; init; } = 12;

    /// <summary><c>image_size</c>, in pixels.</summary>
    public override int ImageSize { get; init; } = 224;

    /// <summary><c>patch_size</c>, in pixels.</summary>
    public override int PatchSize { get; init; } = 32;

    /// <summary><c>layer_norm_eps</c></summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary><c>hidden_act</c>: <c>quick_gelu</c> or <c>gelu</c>.</summary>
    public string Activation { get; init; } = "quick_gelu";

    /// <inheritdoc/>
    public override int FeatureSize => HiddenSize;

    /// <summary>Positions an image takes: its patches, and the class token before them.</summary>
    public override int VisualTokens => (ImageSize / PatchSize * (ImageSize / PatchSize)) + 1;

    /// <summary>
    /// Reads a Hugging Face folder's <c>config.json</c>, of a whole CLIP or of its vision tower.
    /// </summary>
    /// <exception cref="ModelException">
    /// The file cannot be read, or describes another kind of tower; or the folder's
    /// <c>preprocessor_config.json</c> describes other pixels than are made here.
    /// </exception>
    public static new ClipVisionConfig Read(string folder)
    {
        ConfigFile file = ConfigFile.Open(folder, inner: "vision_config");
        file.Require("model_type", Type, Type);
        _ = file.Quantisation();
        file.RefuseUnknown(Keys);
        var config = new ClipVisionConfig
        {
            HiddenSize = file.Size("hidden_size", 768, SizeLimits.Width),
            IntermediateSize = file.Size("intermediate_size", 3072, SizeLimits.Width),
            Layers = file.Size("num_hidden_layers", 12, SizeLimits.Layers),
            Heads = file.Size("num_attention_heads", 12, SizeLimits.Heads),
            ImageSize = file.Size("image_size", 224, SizeLimits.Pixels),
            PatchSize = file.Size("patch_size", 32, SizeLimits.Pixels),
            LayerNormEpsilon = file.Number("layer_norm_eps", 1e-5, above: 0),
            Activation = file.Require("hidden_act", "quick_gelu", "quick_gelu", "gelu"),
        };
        if (file.Size("num_channels", ClipNormalization.Channels, SizeLimits.Width) != ClipNormalization.Channels)
            throw file.Problem("'num_channels' must be 3");
        ClipPreprocessor.Check(folder, config.ImageSize);
        return config.Checked(file.Problem);
    }

    /// <summary>The same sizes, if they fit together.</summary>
    /// <exception cref="ModelException">They do not.</exception>
    public ClipVisionConfig Checked() =>
        Checked(problem => new ModelException($"The vision tower's sizes: {problem}."));

    // A layer keeps both norms' inputs and results, queries, keys and values, the attention's
    // result twice, and in the MLP the activation's input, its sigmoid and its result.
    internal override long NumbersKept =>
        Layers * (long)VisualTokens * ((9L * HiddenSize) + ((Activation == "gelu" ? 2L : 3L) * IntermediateSize));

    internal override long NumbersInPass => VisualTokens * ((3L * HiddenSize) + (4L * IntermediateSize));

    internal override string Architecture => "CLIPVisionModel";

    internal override ParameterSource Source(string? folder) => ClipParameters.Source(Checked(), folder);

    internal override VisionTower Tower(ParameterSet parameters) => new ClipVisionTower(parameters, this);

    private protected override string ModelType => Type;

    private protected override void WriteOwnTo(Utf8JsonWriter json)
    {
        json.WriteNumber("layer_norm_eps", LayerNormEpsilon);
        json.WriteString("hidden_act", Activation);
    }

    private ClipVisionConfig Checked(Func<string, ModelException> problem)
    {
        RequirePositive("hidden_size", HiddenSize);
        RequirePositive("intermediate_size", IntermediateSize);
        RequirePositive("num_hidden_layers", Layers);
        RequirePositive("num_attention_heads", Heads);
        RequirePositive("patch_size", PatchSize);
        if (HiddenSize % Heads != 0)
            throw problem($"a width of {HiddenSize} does not divide into {Heads} heads");
        if (ImageSize < PatchSize)
            throw problem($"an image of {ImageSize} pixels holds no patch of {PatchSize}");
        return this;

        void RequirePositive(string name, int size)
        {
            if (size <= 0)
                throw problem($"'{name}' is {size}; it must be positive");
        }
    }
}
