namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>model</c>: which parts, and what of them is trained.</summary>
public sealed record ModelSettings
{
    /// <summary>A Hugging Face CLIP folder, resolved to a full path; null when sizes are given.</summary>
    public string? Vision { get; init; }

    /// <summary>Sizes of a vision tower that starts from random weights, as Hugging Face's <c>config.json</c> names them.</summary>
    public IReadOnlyDictionary<string, double>? VisionSizes { get; init; }

    /// <summary>A Hugging Face LLaMA folder, resolved to a full path; null when sizes are given.</summary>
    public string? Language { get; init; }

    /// <summary>Sizes of a decoder that starts from random weights, as Hugging Face's <c>config.json</c> names them.</summary>
    public IReadOnlyDictionary<string, double>? LanguageSizes { get; init; }

    /// <summary>The projection: <c>baseline</c>.</summary>
    public string Projection { get; init; } = "baseline";

    /// <summary><c>mmca</c>, <c>causal</c> or <c>mmca-deepspeed</c>.</summary>
    public string Attention { get; init; } = "mmca";

    /// <summary>Parts that learn: <c>projection</c>, <c>embeddings</c>, <c>vision</c>, <c>language</c>, or <c>all</c>.</summary>
    public IReadOnlyList<string> Trainable { get; init; } = ["projection", "embeddings"];

    /// <summary><c>float32</c>, <c>bf16</c> or <c>fp16</c>.</summary>
    public string Dtype { get; init; } = "bf16";
}
