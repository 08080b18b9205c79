namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>model</c>: which parts, and what of them is trained.</summary>
public sealed record ModelSettings
{
    /// <summary>A Hugging Face CLIP folder, resolved to a full path; null when sizes are given.</summary>
    public string? Vision { get; init; }

    /// <summary><see cref="Vision"/> as the recipe wrote it, relative to the recipe's folder; by default the full path.</summary>
    public string? GivenVision { get => field ?? Vision; init; }

    /// <summary>Sizes of a vision tower that starts from random weights, as Hugging Face's <c>config.json</c> names them: <c>hidden_size</c>, <c>intermediate_size</c>, <c>num_hidden_layers</c>, <c>num_attention_heads</c>, <c>patch_size</c>, <c>layer_norm_eps</c>. Its input size is <c>images.size</c>.</summary>
    public IReadOnlyDictionary<string, double>? VisionSizes { get; init; }

    /// <summary>A Hugging Face LLaMA folder, resolved to a full path; null when sizes are given.</summary>
    public string? Language { get; init; }

    /// <summary><see cref="Language"/> as the recipe wrote it, relative to the recipe's folder; by default the full path.</summary>
    public string? GivenLanguage { get => field ?? Language; init; }

    /// <summary>Sizes of a decoder that starts from random weights, as Hugging Face's <c>config.json</c> names them: <c>hidden_size</c>, <c>intermediate_size</c>, <c>num_hidden_layers</c>, <c>num_attention_heads</c>, <c>num_key_value_heads</c>, <c>rms_norm_eps</c>, <c>rope_theta</c>. Its vocabulary is the tokenizer's.</summary>
    public IReadOnlyDictionary<string, double>? LanguageSizes { get; init; }

    /// <summary>A checkpoint, or an exported model, that a training begins with, resolved to a full path; null: with the above.</summary>
    public string? Start { get; init; }

    /// <summary><see cref="Start"/> as the recipe wrote it, relative to the recipe's folder; by default the full path.</summary>
    public string? GivenStart { get => field ?? Start; init; }

    /// <summary>The projection: <c>baseline</c>.</summary>
    public string Projection { get; init; } = "baseline";

    /// <summary><c>mmca</c>, <c>causal</c> or <c>mmca-deepspeed</c>.</summary>
    public string Attention { get; init; } = "mmca";

    /// <summary>Parts that learn: <c>projection</c>, <c>embeddings</c>, <c>vision</c>, <c>language</c>, or <c>all</c>.</summary>
    public IReadOnlyList<string> Trainable { get; init; } = ["projection", "embeddings"];

    /// <summary><c>float32</c>, <c>bf16</c> or <c>fp16</c>.</summary>
    public string Dtype { get; init; } = "bf16";
}
