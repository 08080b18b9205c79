using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Weights;

namespace VisualChat.Model.Language;

/// <summary>Sizes of a LLaMA decoder, as Hugging Face's <c>config.json</c> names them (transformers' LlamaConfig, its defaults included).</summary>
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

    /// <summary><c>num_key_value_heads</c>: fewer than heads, each serves a group of them.</summary>
    public int KeyValueHeads { get => field == 0 ? Heads : field; init; }

    /// <summary><c>head_dim</c></summary>
    public int HeadSize { get => field == 0 ? HiddenSize / Heads : field; init; }

    /// <summary><c>vocab_size</c>: rows of the folder's embedding table and head.</summary>
    public int VocabularySize { get; init; } = 32000;

    /// <summary><c>rms_norm_eps</c></summary>
    public double RmsNormEpsilon { get; init; } = 1e-6;

    /// <summary><c>rope_theta</c></summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary><c>rope_scaling</c>'s kind.</summary>
    public RopeScaling Scaling { get; init; }

    /// <summary><c>rope_scaling</c>'s factor.</summary>
    public double ScalingFactor { get; init; } = 1;

    /// <summary><c>max_position_embeddings</c>: the length trained at, beyond which dynamic scaling begins.</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary><c>tie_word_embeddings</c>: the folder has no head of its own, its embedding table serves.</summary>
    public bool TiedHead { get; init; }

    /// <summary>The longest sequence the decoder is made for: the trained length, times the factor where rotary positions are scaled.</summary>
    public int ReachablePositions => Scaling == RopeScaling.None ? MaxPositions : (int)(MaxPositions * Math.Max(1, ScalingFactor));

    /// <summary>Reads a Hugging Face folder's <c>config.json</c>, of a decoder or of a model that has one under <c>text_config</c>.</summary>
    /// <exception cref="ModelException">It cannot be read, or describes a decoder that this is not.</exception>
    public static LlamaConfig Read(string folder)
    {
        ConfigFile file = ConfigFile.Open(folder, inner: "text_config");
        JsonElement rope = file.Object("rope_parameters") ?? file.Object("rope_scaling") ?? default;
        string kind = ConfigFile.Text(rope, "rope_type") ?? ConfigFile.Text(rope, "type") ?? "default";
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
            RopeTheta = ConfigFile.Number(rope, "rope_theta") ?? file.Number("rope_theta", 10000),
            MaxPositions = file.Size("max_position_embeddings", 2048),
            TiedHead = file.Flag("tie_word_embeddings"),
            ScalingFactor = ConfigFile.Number(rope, "factor") ?? 1,
            Scaling = kind switch
            {
                "default" => RopeScaling.None,
                "linear" => RopeScaling.Linear,
                "dynamic" => RopeScaling.Dynamic,
                _ => throw file.Problem($"'rope_scaling' is '{kind}'; only linear and dynamic are known"),
            },
        };
        file.Require("hidden_act", "silu", "silu");
        if (file.Flag("attention_bias") || file.Flag("mlp_bias"))
            throw file.Problem("'attention_bias' and 'mlp_bias' make a decoder that LLaMA's is not");
        return config.Checked(file.Problem);
    }

    /// <summary>The same sizes, if they go together.</summary>
    /// <exception cref="ModelException">They do not.</exception>
    public LlamaConfig Checked() => Checked(problem => new ModelException($"The decoder's sizes: {problem}."));

    private LlamaConfig Checked(Func<string, ModelException> problem)
    {
        foreach ((string name, int size) in new[] { ("hidden_size", HiddenSize), ("intermediate_size", IntermediateSize), ("num_hidden_layers", Layers), ("num_attention_heads", Heads), ("vocab_size", VocabularySize) })
            if (size <= 0)
                throw problem($"'{name}' is {size}; it must be positive");
        if (Heads % KeyValueHeads != 0)
            throw problem($"{Heads} heads cannot share {KeyValueHeads} key-value heads evenly");
        if (HeadSize % 2 != 0 || HeadSize < 2)
            throw problem($"heads of {HeadSize} cannot be turned by rotary positions; the size must be even");
        if (Scaling == RopeScaling.Dynamic && HeadSize < 4)
            throw problem("dynamic rotary scaling needs heads of at least 4");
        return this;
    }
}
