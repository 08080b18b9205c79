using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Sizes of a decoder with random weights, by the names of Hugging Face's LLaMA configuration. Its
/// vocabulary is the tokenizer's.
/// </summary>
internal sealed record LanguageSizes
{
    [Meaning("Width of the decoder.")]
    [Range(From = 1, To = 65536)]
    public required int HiddenSize { get; init; }

    [Meaning("Width inside its feed-forward layers.")]
    [Range(From = 1, To = 65536)]
    public required int IntermediateSize { get; init; }

    [Meaning("Layers.")]
    [Range(From = 1, To = 1024), Written(Order = 1)]
    public required int NumHiddenLayers { get; init; }

    [Meaning("Attention heads; divides hidden_size, into heads of an even width.")]
    [Range(From = 1, To = 1024)]
    public required int NumAttentionHeads { get; init; }

    [Meaning("Heads of keys and values; divides num_attention_heads; left out: as many as these.")]
    [Range(From = 1, To = 1024), Derived, Written(Order = 1)]
    public int? NumKeyValueHeads { get => field ?? NumAttentionHeads; init; }

    [Meaning("What RMSNorm adds to a mean square.")]
    [Range(Above = 0), Written(Order = 1)]
    public double RmsNormEps { get; init; } = 1e-5;

    [Meaning("Base of the rotary positions.")]
    [Range(Above = 0), Written(Order = 1)]
    public double RopeTheta { get; init; } = 10_000;
}
