using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;

namespace VisualChat.Model.Vision;

/// <summary>
/// Sizes of a vision tower: one record a kind of tower. What a model asks of any of them is here.
/// </summary>
public abstract record VisionTowerConfig
{
    // Above this width, threads inside a product gain, and an image has hundreds of rows.
    private const int NarrowWidth = 512;

    private protected VisionTowerConfig()
    {
    }

    /// <summary>What the tower is, for messages: <c>CLIP vision tower</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The numbers of all its tensors together.</summary>
    /// <exception cref="ModelException">The sizes do not fit together.</exception>
    public long Parameters =>
        Source(folder: null).Specs.Sum(spec => spec.Shape.Aggregate(1L, (count, size) => count * size));

    /// <summary>
    /// The tower in words: what must agree for a projection that was trained with it to fit.
    /// </summary>
    public string Title => TitleOf(Kind, FeatureSize);

    /// <summary>The tower's class in the library that it comes from.</summary>
    internal abstract string Architecture { get; }

    /// <summary><c>model_type</c> in its <c>config.json</c>.</summary>
    private protected abstract string ModelType { get; }

    /// <summary>Width of the blocks.</summary>
    public abstract int HiddenSize { get; init; }

    /// <summary>Width inside the blocks' feed-forward layers.</summary>
    public abstract int IntermediateSize { get; init; }

    /// <summary>Blocks.</summary>
    public abstract int Layers { get; init; }

    /// <summary>Heads of the blocks' attention.</summary>
    public abstract int Heads { get; init; }

    /// <summary>Side of a patch, in pixels.</summary>
    public abstract int PatchSize { get; init; }

    /// <summary>
    /// Whether a CPU's threads gain nothing by computing one of its products together.
    /// </summary>
    internal bool IsNarrow => HiddenSize <= NarrowWidth;

    /// <summary>Width of the features.</summary>
    public abstract int FeatureSize { get; }

    /// <summary>Side of the images it takes, in pixels.</summary>
    public abstract int ImageSize { get; init; }

    /// <summary>Positions an image takes.</summary>
    public abstract int VisualTokens { get; }

    /// <summary>Numbers that an image's pass keeps for a backward pass, about.</summary>
    internal abstract long NumbersKept { get; }

    /// <summary>
    /// The most numbers that an image's pass has at once if it keeps none, about.
    /// </summary>
    internal abstract long NumbersInPass { get; }

    /// <summary>
    /// The tower of a folder. What the folder's tensors are decides its kind, not its name or what
    /// its <c>config.json</c> calls itself.
    /// </summary>
    /// <param name="folder">
    /// A Hugging Face folder of the tower alone or of a model that it is a part of, or a model that
    /// was exported whole.
    /// </param>
    /// <exception cref="ModelException">
    /// A file cannot be read, or describes another kind of tower; or the folder's
    /// <c>preprocessor_config.json</c> describes other pixels than are made here.
    /// </exception>
    public static VisionTowerConfig Read(string folder)
    {
        if (QwenVisionConfig.TryRead(folder, out string? unread) is { } qwen)
            return qwen;
        bool hasConfig = UserFile.KindOf(Path.Combine(folder, ConfigFile.FileName)) != FileKind.Missing;
        if (unread is not null && !hasConfig)
            throw new ModelException(unread);
        return ClipVisionConfig.Read(folder);
    }

    /// <inheritdoc cref="Title"/>
    internal static string TitleOf(string kind, long featureSize) => $"{kind} with features of {featureSize}";

    /// <summary>The tower's tensors, and the folder that may hold them.</summary>
    /// <exception cref="ModelException">The sizes do not fit together.</exception>
    internal abstract ParameterSource Source(string? folder);

    /// <summary>The tower over loaded tensors.</summary>
    internal abstract VisionTower Tower(ParameterSet parameters);

    /// <summary>Writes the sizes as the keys of a <c>config.json</c>.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("model_type", ModelType);
        json.WriteNumber("hidden_size", HiddenSize);
        json.WriteNumber("intermediate_size", IntermediateSize);
        json.WriteNumber("num_hidden_layers", Layers);
        json.WriteNumber("num_attention_heads", Heads);
        json.WriteNumber("image_size", ImageSize);
        json.WriteNumber("patch_size", PatchSize);
        WriteOwnTo(json);
    }

    /// <summary>Writes the keys that only this kind of tower has.</summary>
    private protected abstract void WriteOwnTo(Utf8JsonWriter json);
}
