using System.Collections.Frozen;
using System.Text.Json;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// Which keys of a <c>config.json</c> may be there: those that are read, those that change nothing
/// in what a tower computes, and any other that is off. What is left could be arithmetic that is
/// not done here, and is refused by name.
/// </summary>
/// <remarks>
/// Off is: null, false, an empty text, list or object; 1 for a factor; 0 for a count. The rule and
/// its reasons: docs/decisions/0024.
/// </remarks>
/// <param name="read">Keys that the reader of the configuration reads and checks.</param>
internal sealed class ConfigKeys(params string[] read)
{
    // What transformers' PretrainedConfig and its tools write beside the architecture: how text is
    // generated, tokens, labels, training, types, and where the model is from.
    private static readonly FrozenSet<string> Harmless = new[]
    {
        "add_cross_attention", "architectures", "attn_implementation", "auto_map", "bad_words_ids",
        "begin_suppress_tokens", "chunk_size_feed_forward", "cross_attention_hidden_size", "custom_pipelines",
        "diversity_penalty", "do_sample", "dtype", "early_stopping", "encoder_no_repeat_ngram_size",
        "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id", "forced_eos_token_id",
        "gradient_checkpointing", "id2label", "is_decoder", "is_encoder_decoder", "label2id", "length_penalty",
        "max_length", "max_new_tokens", "min_length", "model_max_length", "name_or_path", "no_repeat_ngram_size",
        "num_beam_groups", "num_beams", "num_labels", "num_return_sequences", "output_attentions",
        "output_hidden_states", "output_scores", "prefix", "pretraining_tp", "problem_type", "projection_dim",
        "pruned_heads", "remove_invalid_values", "repetition_penalty", "return_dict", "return_dict_in_generate",
        "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss", "tie_encoder_decoder",
        "torch_dtype", "torchscript", "top_k", "top_p", "transformers.js_config", "typical_p", "unsloth_fixed",
        "use_bfloat16", "use_cache", "use_flash_attention_2", "use_flash_attn", "use_return_dict",
        "max_sequence_length", "max_window_layers",
    }.ToFrozenSet();

    // A key of this kind is what LLaMA and CLIP do anyway, so it is off if it is true.
    private static readonly string[] OwnFeatures =
        ["is_causal", "causal", "use_causal_mask", "use_rope", "use_rotary", "rms_norm", "use_rms_norm", "use_rmsnorm",
         "pre_norm", "do_layer_norm_before", "scale_attn_weights", "gated_mlp", "use_glu", "use_swiglu"];

    // Where 1 is no neutral factor: each stands in the place of another number.
    private static readonly string[] Replacing =
        ["attention_multiplier", "query_pre_attn_scalar", "scale_depth", "attention_scale", "attn_scale",
         "softmax_scale", "clip_qkv", "dim_model_base"];

    private static readonly string[] FactorWords = ["multiplier", "scal", "factor", "_pct", "ratio"];

    private readonly FrozenSet<string> _read = read.ToFrozenSet();

    /// <summary>Whether the key may have this value.</summary>
    public bool Allows(string key, JsonElement value)
    {
        if (_read.Contains(key) || key == QuantisationConfig.Key || IsHarmless(key))
            return true;
        return value.ValueKind switch
        {
            JsonValueKind.True => OwnFeatures.Contains(key),
            JsonValueKind.False => !OwnFeatures.Contains(key),
            JsonValueKind.String => value.GetString() is "",
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            JsonValueKind.Number => IsNeutral(key, value.GetDouble()),
            _ => true,
        };
    }

    /// <summary>Why a key that is not allowed is refused, and what to do.</summary>
    public const string Reason = "it is not known here and may change what the model computes; "
        + "if it changes nothing, remove it from the file";

    private static bool IsNeutral(string key, double value)
    {
        if (Replacing.Contains(key))
            return false;
        if (value == 1)
            return FactorWords.Any(word => key.Contains(word, StringComparison.Ordinal));
        return value == 0
            && (key.StartsWith("num_", StringComparison.Ordinal) || key.StartsWith("n_", StringComparison.Ordinal));
    }

    private static bool IsHarmless(string key) =>
        Harmless.Contains(key)
        || key.StartsWith('_')
        || key.StartsWith("tokenizer", StringComparison.Ordinal)
        || key.StartsWith("initializer", StringComparison.Ordinal)
        || key.EndsWith("_token_id", StringComparison.Ordinal)
        || key.EndsWith("_token_ids", StringComparison.Ordinal)
        || key.EndsWith("_token_index", StringComparison.Ordinal)
        || key.EndsWith("_version", StringComparison.Ordinal)
        || key.EndsWith("dropout", StringComparison.Ordinal)
        || key.EndsWith("_pdrop", StringComparison.Ordinal);
}
