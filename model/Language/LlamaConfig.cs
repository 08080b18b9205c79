using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Quantisation;

namespace VisualChat.Model.Language;

/// <summary>
/// Sizes of a LLaMA decoder, with the names and defaults of transformers' LlamaConfig
/// (<c>config.json</c>).
/// </summary>
public sealed record LlamaConfig
{
    // Mistral's decoder is LLaMA's but for the window (see WithWindow).
    private static readonly string[] Types = ["llama", "mistral"];

    private static readonly ConfigKeys Keys = new(
        "model_type",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "head_dim",
        "vocab_size",
        "rms_norm_eps",
        "rope_theta",
        "rope_scaling",
        "rope_parameters",
        "max_position_embeddings",
        "tie_word_embeddings",
        "hidden_act",
        "attention_bias",
        "mlp_bias",
        "sliding_window",
        "use_sliding_window",
        "layer_types");

    /// <summary><c>hidden_size</c></summary>
    public int HiddenSize { get; init; } = 4096;

    /// <summary><c>intermediate_size</c></summary>
    public int IntermediateSize { get; init; } = 11008;

    /// <summary><c>num_hidden_layers</c></summary>
    public int Layers { get; init; } = 32;

    /// <summary><c>num_attention_heads</c></summary>
    public int Heads { get; init; } = 32;

    /// <summary>
    /// <c>num_key_value_heads</c>: if fewer than heads, each serves a group of them.
    /// </summary>
    public int KeyValueHeads { get => field == 0 ? Heads : field; init; }

    /// <summary><c>head_dim</c></summary>
    public int HeadSize { get => field == 0 ? HiddenSize / Heads : field; init; }

    /// <summary><c>vocab_size</c>: rows of the folder's embedding table and head.</summary>
    public int VocabularySize { get; init; } = 32000;

    /// <summary><c>rms_norm_eps</c></summary>
    public double RmsNormEpsilon { get; init; } = 1e-6;

    /// <summary><c>rope_theta</c></summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>The kind of <c>rope_scaling</c>.</summary>
    public RopeScaling Scaling { get; init; }

    /// <summary>The factor of <c>rope_scaling</c>.</summary>
    public double ScalingFactor { get; init; } = 1;

    /// <summary><c>low_freq_factor</c> of LLaMA 3's scaling.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary><c>high_freq_factor</c> of LLaMA 3's scaling.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>
    /// <c>original_max_position_embeddings</c> of LLaMA 3's scaling: the length before it.
    /// </summary>
    public int OriginalPositions { get; init; } = 8192;

    /// <summary>
    /// <c>max_position_embeddings</c>: the length trained at, beyond which dynamic scaling begins;
    /// a shorter <c>sliding_window</c> ends it.
    /// </summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>
    /// <c>tie_word_embeddings</c>: the folder has no head of its own; the embedding table serves.
    /// </summary>
    public bool TiedHead { get; init; }

    /// <summary>
    /// How the folder's linear maps are quantised (<c>quantization_config</c>); null: they are not.
    /// </summary>
    public FrozenFormat? Stored { get; init; }

    /// <summary>
    /// The longest sequence the decoder is made for, in positions: the trained length, times the
    /// factor if rotary positions are scaled. LLaMA 3's trained length is the scaled one.
    /// </summary>
    public int ReachablePositions => Scaling is RopeScaling.None or RopeScaling.Llama3
        ? MaxPositions
        : (int)Math.Min(int.MaxValue, MaxPositions * Math.Max(1, ScalingFactor));

    /// <summary>
    /// Reads a Hugging Face folder's <c>config.json</c>, of a decoder or of a model that has one
    /// under <c>text_config</c>.
    /// </summary>
    /// <exception cref="ModelException">
    /// The file cannot be read, or describes another kind of decoder.
    /// </exception>
    public static LlamaConfig Read(string folder)
    {
        ConfigFile file = ConfigFile.Open(folder, inner: "text_config");
        file.Require("model_type", "llama", Types);
        FrozenFormat? stored = file.Quantisation();
        file.RefuseUnknown(Keys);
        file.Require("hidden_act", "silu", "silu");
        if (file.Flag("attention_bias") || file.Flag("mlp_bias"))
            throw file.Problem("'attention_bias' and 'mlp_bias' make a decoder that LLaMA's is not");
        var config = new LlamaConfig
        {
            HiddenSize = file.Size("hidden_size", 4096, SizeLimits.Width),
            IntermediateSize = file.Size("intermediate_size", 11008, SizeLimits.Width),
            Layers = file.Size("num_hidden_layers", 32, SizeLimits.Layers),
            Heads = file.Size("num_attention_heads", 32, SizeLimits.Heads),
            KeyValueHeads = file.Size("num_key_value_heads", 0, SizeLimits.Heads),
            HeadSize = file.Size("head_dim", 0, SizeLimits.Width),
            VocabularySize = file.Size("vocab_size", 32000, SizeLimits.Vocabulary),
            RmsNormEpsilon = file.Number("rms_norm_eps", 1e-6, above: 0),
            MaxPositions = file.Size("max_position_embeddings", 2048, SizeLimits.Positions),
            TiedHead = file.Flag("tie_word_embeddings"),
            Stored = stored,
        };
        return RopeConfig.Read(file, config).WithWindow(file).Checked(file.Problem);
    }

    /// <summary>The same sizes, if they fit together.</summary>
    /// <exception cref="ModelException">They do not.</exception>
    public LlamaConfig Checked() =>
        Checked(problem => new ModelException($"The decoder's sizes: {problem}."));

    // Within the window, a layer that attends to a window of positions attends to all of them. So
    // the window ends what the decoder reaches, and no layer computes with one.
    private LlamaConfig WithWindow(ConfigFile file)
    {
        bool isOff = file.Has("use_sliding_window", out JsonElement use) && use.ValueKind == JsonValueKind.False;
        int window = isOff ? 0 : file.Size("sliding_window", 0, SizeLimits.Positions);
        if (file.Has("layer_types", out JsonElement types))
        {
            bool isKnown = types.ValueKind == JsonValueKind.Array
                && types.EnumerateArray().All(type => type.ToString() == "full_attention"
                    || (type.ToString() == "sliding_attention" && window > 0));
            if (!isKnown)
                throw file.Problem($"'layer_types' is {ConfigFile.Shown(types)}; only full_attention is known");
        }

        if (window == 0 || window >= MaxPositions)
            return this;
        return Scaling == RopeScaling.None
            ? this with { MaxPositions = window }
            : throw file.Problem("'sliding_window' and scaled rotary positions are not known together");
    }

    private LlamaConfig Checked(Func<string, ModelException> problem)
    {
        RequirePositive("hidden_size", HiddenSize);
        RequirePositive("intermediate_size", IntermediateSize);
        RequirePositive("num_hidden_layers", Layers);
        RequirePositive("num_attention_heads", Heads);
        RequirePositive("vocab_size", VocabularySize);
        if ((long)Heads * HeadSize > SizeLimits.Width)
            throw problem($"{Heads} heads of {HeadSize} are wider than {SizeLimits.Width}");
        if (Heads % KeyValueHeads != 0)
            throw problem($"{Heads} heads cannot share {KeyValueHeads} key-value heads evenly");
        if (HeadSize % 2 != 0 || HeadSize < 2)
            throw problem($"heads of {HeadSize} cannot be turned by rotary positions; the size must be even");
        if (Scaling == RopeScaling.Dynamic && HeadSize < 4)
            throw problem("dynamic rotary scaling needs heads of at least 4");
        return this;

        void RequirePositive(string name, int size)
        {
            if (size <= 0)
                throw problem($"'{name}' is {size}; it must be positive");
        }
    }
}
