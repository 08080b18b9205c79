using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;

namespace VisualChat.Model.Language;

/// <summary>
/// Sizes of a LLaMA decoder, with the names and defaults of transformers' LlamaConfig
/// (<c>config.json</c>).
/// </summary>
public sealed record LlamaConfig
{
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

    /// <summary>
    /// <c>max_position_embeddings</c>: the length trained at, beyond which dynamic scaling begins.
    /// </summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>
    /// <c>tie_word_embeddings</c>: the folder has no head of its own; the embedding table serves.
    /// </summary>
    public bool TiedHead { get; init; }

    /// <summary>
    /// The longest sequence the decoder is made for, in positions: the trained length, times the
    /// factor if rotary positions are scaled.
    /// </summary>
    public int ReachablePositions =>
        Scaling == RopeScaling.None ? MaxPositions : (int)(MaxPositions * Math.Max(1, ScalingFactor));

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
        JsonElement rope = file.Object("rope_parameters") ?? file.Object("rope_scaling") ?? default;
        var config = new LlamaConfig
        {
            HiddenSize = file.Size("hidden_size", 4096),
            IntermediateSize = file.Size("intermediate_size", 11008),
            Layers = file.Size("num_hidden_layers", 32),
            Heads = file.Size("num_attention_heads", 32),
            KeyValueHeads = file.Size("num_key_value_heads", 0),
            HeadSize = file.Size("head_dim", 0),
            VocabularySize = file.Size("vocab_size", 32000),
            RmsNormEpsilon = file.Number("rms_norm_eps", 1e-6),
            RopeTheta = ConfigFile.NumberIn(rope, "rope_theta") ?? file.Number("rope_theta", 10000),
            MaxPositions = file.Size("max_position_embeddings", 2048),
            TiedHead = file.Flag("tie_word_embeddings"),
            ScalingFactor = ConfigFile.NumberIn(rope, "factor") ?? 1,
            Scaling = ScalingOf(rope, file),
        };
        file.Require("hidden_act", "silu", "silu");
        if (file.Flag("attention_bias") || file.Flag("mlp_bias"))
            throw file.Problem("'attention_bias' and 'mlp_bias' make a decoder that LLaMA's is not");
        return config.Checked(file.Problem);
    }

    /// <summary>The same sizes, if they fit together.</summary>
    /// <exception cref="ModelException">They do not.</exception>
    public LlamaConfig Checked() =>
        Checked(problem => new ModelException($"The decoder's sizes: {problem}."));

    private static RopeScaling ScalingOf(JsonElement rope, ConfigFile file)
    {
        string kind = ConfigFile.TextIn(rope, "rope_type") ?? ConfigFile.TextIn(rope, "type") ?? "default";
        return kind switch
        {
            "default" => RopeScaling.None,
            "linear" => RopeScaling.Linear,
            "dynamic" => RopeScaling.Dynamic,
            _ => throw file.Problem($"'rope_scaling' is '{kind}'; only linear and dynamic are known"),
        };
    }

    private LlamaConfig Checked(Func<string, ModelException> problem)
    {
        RequirePositive("hidden_size", HiddenSize);
        RequirePositive("intermediate_size", IntermediateSize);
        RequirePositive("num_hidden_layers", Layers);
        RequirePositive("num_attention_heads", Heads);
        RequirePositive("vocab_size", VocabularySize);
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
