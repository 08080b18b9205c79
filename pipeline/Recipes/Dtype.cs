namespace VisualChat.Pipeline.Recipes;

/// <summary>The type of weights and activations.</summary>
internal enum Dtype
{
    Float32,
    Bf16,
    Fp16,
}
