namespace VisualChat.Pipeline.Recipes;

/// <summary>The type of weights and activations.</summary>
public enum Dtype
{
    Float32,
    Bf16,
    Fp16,
}
