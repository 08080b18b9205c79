namespace VisualChat.Model.HuggingFace;

/// <summary>
/// The tensors of DeepSpeed-VisualChat's checkpoints that a model here does not use.
/// </summary>
internal static class ReleasedTensors
{
    /// <summary>The decoder's own table, which the released code does not train.</summary>
    public const string StaleEmbedding = "lang_decoder.model.embed_tokens.weight";

    /// <summary>How the names of the vision tower's final norm begin.</summary>
    public const string FinalNorm = "vis_encoder.vision_model.post_layernorm.";

    // Older libraries save what they count or compute: positions, rotary frequencies.
    private static readonly string[] DerivedEndings = [".position_ids", ".rotary_emb.inv_freq"];

    private static readonly string[] LoraEndings = [".lora_right_weight", ".lora_left_weight"];

    /// <summary>Whether a checkpoint may hold the tensor beside the model's.</summary>
    public static bool IsUnused(string name) =>
        name == StaleEmbedding
        || name.StartsWith(FinalNorm, StringComparison.Ordinal)
        || DerivedEndings.Any(end => name.EndsWith(end, StringComparison.Ordinal))
        || IsLora(name);

    /// <summary>A sentence on what is not used of a checkpoint; null: everything is.</summary>
    public static string? PassedOver(WeightFolder weights)
    {
        int unused = weights.Tensors.Keys.Count(IsUnused), lora = weights.Tensors.Keys.Count(IsLora);
        string others = $"{unused - lora:N0} that the model does not need";
        return unused == 0
            ? null
            : $"'{weights.Folder}': {unused:N0} tensors are passed over: "
                + (lora == 0 ? $"{others}." : $"{lora:N0} of LoRA, which the weights have already, and {others}.");
    }

    private static bool IsLora(string name) =>
        LoraEndings.Any(end => name.EndsWith(end, StringComparison.Ordinal));
}
