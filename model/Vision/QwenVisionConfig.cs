using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Vision;

/// <summary>
/// Sizes of Qwen-VL's visual encoder with its resampler (arXiv 2308.12966). The defaults are those
/// of Qwen-VL-Chat: 1,918,833,408 parameters.
/// </summary>
public sealed record QwenVisionConfig : VisionTowerConfig
{
    /// <summary>
    /// What every norm adds to a variance. No file says it: what the release's says is CLIP's.
    /// </summary>
    internal const double NormEpsilon = 1e-6;

    /// <summary>Width of a head of the resampler's attention.</summary>
    internal const int PoolHeadSize = 128;

    internal const string Type = "qwen_visual";
    internal const string OutputKey = "output_size";

    private const int UsualHeads = 16;
    private const int UsualPixels = 448;

    /// <inheritdoc/>
    public override string Kind => QwenParameters.Kind;

    /// <summary>Width of the blocks.</summary>
    public override int HiddenSize { get; init; } = 1664;

    /// <inheritdoc/>
    public override int IntermediateSize { get; init; } = 8192;

    /// <inheritdoc/>
    public override int Layers { get; init; } = 48;

    /// <inheritdoc/>
    public override int Heads { get; init; } = UsualHeads;

    /// <inheritdoc/>
    public override int PatchSize { get; init; } = 14;

    /// <summary>
    /// Rows of the table of positions, a square. It is resized to the image's patches.
    /// </summary>
    public int Positions { get; init; } = 256;

    /// <summary>The resampler's queries, a square: one a visual token.</summary>
    public int Queries { get; init; } = 256;

    /// <summary>Width of the resampler and of the features.</summary>
    public int OutputSize { get; init; } = 4096;

    /// <inheritdoc/>
    public override int ImageSize { get; init; } = UsualPixels;

    /// <inheritdoc/>
    public override int FeatureSize => OutputSize;

    /// <inheritdoc/>
    public override int VisualTokens => Queries;

    /// <summary>Heads of the resampler's attention.</summary>
    internal int PoolHeads => OutputSize / PoolHeadSize;

    private long Patches => ImageSize / PatchSize * (long)(ImageSize / PatchSize);

    internal override long NumbersKept => Layers * Patches * ((9L * HiddenSize) + (2L * IntermediateSize));

    internal override long NumbersInPass => Patches * ((3L * HiddenSize) + (3L * IntermediateSize));

    internal override string Architecture => "QwenVisionTransformer";

    /// <summary>
    /// The tower of a folder whose tensors are such a tower's, or whose configuration is of one and
    /// whose weights cannot be read; null: it is none. Every size is the tensors'. What they do not
    /// say is read where a file says it: heads in <c>config.json</c>, the side of images in
    /// <c>preprocessor_config.json</c>. The release's <c>config.json</c> describes a CLIP of 224
    /// pixels.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="unread">
    /// Why its weights cannot be read; null: they can, or there are none.
    /// </param>
    /// <exception cref="ModelException">
    /// The sizes do not fit together, or a file describes other pixels than are made here.
    /// </exception>
    public static QwenVisionConfig? TryRead(string folder, out string? unread)
    {
        unread = null;
        bool hasConfig = UserFile.KindOf(Path.Combine(folder, ConfigFile.FileName)) != FileKind.Missing;
        WeightFolder weights;
        try
        {
            weights = WeightFolder.Open(folder);
        }
        catch (ModelException exception)
        {
            unread = WeightFolder.IsIn(folder) ? exception.Message : null;
            return hasConfig ? TryReadConfig(folder) : null;
        }

        if (!QwenParameters.AreIn(weights))
            return null;
        IReadOnlyDictionary<string, TensorEntry> tensors = QwenParameters.Open(weights).Tensors;
        QwenVisionConfig sizes = QwenParameters.SizesOf(tensors);
        if (hasConfig)
            sizes = WithConfig(sizes, folder);
        if (ClipPreprocessor.SideIn(folder) is { } side)
            sizes = sizes with { ImageSize = side };
        ClipPreprocessor.Check(folder, sizes.ImageSize);
        return sizes.Checked(problem => new ModelException($"'{folder}': {problem}."));
    }

    internal override ParameterSource Source(string? folder) => QwenParameters.Source(
        Checked(problem => new ModelException($"The vision tower's sizes: {problem}.")), folder);

    internal override VisionTower Tower(ParameterSet parameters) => new QwenVisionTower(parameters, this);

    private protected override string ModelType => Type;

    private protected override void WriteOwnTo(Utf8JsonWriter json)
    {
        json.WriteNumber("num_positions", Positions);
        json.WriteNumber("num_queries", Queries);
        json.WriteNumber(OutputKey, OutputSize);
        json.WriteNumber("layer_norm_eps", NormEpsilon);
        json.WriteString("hidden_act", "gelu");
    }

    // Qwen-VL-Chat's, or one written here.
    private static QwenVisionConfig? TryReadConfig(string folder)
    {
        var usual = new QwenVisionConfig();
        if (ConfigFile.Open(folder).Object("visual") is not null)
        {
            ConfigFile qwen = ConfigFile.Open(folder, inner: "visual");
            int width = qwen.Size("width", usual.HiddenSize, SizeLimits.Width);
            double ratio = qwen.Number("mlp_ratio", (double)usual.IntermediateSize / usual.HiddenSize, above: 0);
            return Found(usual with
            {
                HiddenSize = width,
                IntermediateSize = (int)Math.Min(SizeLimits.Width, width * ratio),
                Layers = qwen.Size("layers", usual.Layers, SizeLimits.Layers),
                PatchSize = qwen.Size("patch_size", usual.PatchSize, SizeLimits.Pixels),
                Queries = qwen.Size("n_queries", usual.Queries, SizeLimits.Positions),
                OutputSize = qwen.Size("output_dim", usual.OutputSize, SizeLimits.Width),
            });
        }

        ConfigFile file = ConfigFile.Open(folder, inner: "vision_config");
        if (!file.Has("model_type", out JsonElement type) || !type.ValueEquals(Type))
            return null;
        return Found(new QwenVisionConfig
        {
            HiddenSize = file.Size("hidden_size", usual.HiddenSize, SizeLimits.Width),
            IntermediateSize = file.Size("intermediate_size", usual.IntermediateSize, SizeLimits.Width),
            Layers = file.Size("num_hidden_layers", usual.Layers, SizeLimits.Layers),
            PatchSize = file.Size("patch_size", usual.PatchSize, SizeLimits.Pixels),
            Positions = file.Size("num_positions", usual.Positions, SizeLimits.Positions),
            Queries = file.Size("num_queries", usual.Queries, SizeLimits.Positions),
            OutputSize = file.Size(OutputKey, usual.OutputSize, SizeLimits.Width),
        });

        QwenVisionConfig Found(QwenVisionConfig sizes) => WithConfig(sizes, folder)
            .Checked(problem => new ModelException($"'{folder}': {problem}."));
    }

    private static QwenVisionConfig WithConfig(QwenVisionConfig sizes, string folder)
    {
        if (ConfigFile.Open(folder).Object("visual") is not null)
        {
            ConfigFile qwen = ConfigFile.Open(folder, inner: "visual");
            return sizes with
            {
                Heads = qwen.Size("heads", UsualHeads, SizeLimits.Heads),
                ImageSize = qwen.Size("image_size", UsualPixels, SizeLimits.Pixels),
            };
        }

        // The release's, which describes a CLIP of the same width and heads; or one written here.
        ConfigFile file = ConfigFile.Open(folder, inner: "vision_config");
        bool isOwn = file.Has("model_type", out JsonElement type) && type.ValueEquals(Type);
        return sizes with
        {
            Heads = file.Size("num_attention_heads", UsualHeads, SizeLimits.Heads),
            ImageSize = isOwn ? file.Size("image_size", UsualPixels, SizeLimits.Pixels) : UsualPixels,
        };
    }

    private QwenVisionConfig Checked(Func<string, ModelException> problem)
    {
        if (HiddenSize % Heads != 0)
            throw problem($"a width of {HiddenSize} does not divide into {Heads} heads");
        if (PoolHeads == 0 || OutputSize % PoolHeads != 0 || OutputSize % 4 != 0)
            throw problem($"features of {OutputSize} do not divide into heads of {PoolHeadSize}");
        if (SideOf(Positions) is null)
            throw problem($"{Positions} positions are no square");
        if (SideOf(Queries) is null)
            throw problem($"{Queries} queries are no square");
        if (ImageSize < PatchSize)
            throw problem($"an image of {ImageSize} pixels holds no patch of {PatchSize}");
        return this;
    }

    /// <summary>The side of a square of so many; null: there is none.</summary>
    internal static int? SideOf(long count)
    {
        int side = (int)Math.Round(Math.Sqrt(count));
        return side > 0 && (long)side * side == count ? side : null;
    }
}
