using VisualChat.Model.Parameters;

namespace VisualChat.Model.Language;

/// <summary>The decoder's tensors: LlamaForCausalLM's names after <c>lang_decoder.</c>, and the embedding table that is trained, <c>lang_embed.weight</c>.</summary>
internal static class LlamaParameters
{
    public const string Prefix = "lang_decoder.";
    public const string Embedding = "lang_embed.weight";

    /// <summary>transformers' <c>initializer_range</c>.</summary>
    private const double StartDeviation = 0.02;

    public static IEnumerable<ParameterSpec> All(LlamaConfig config, int vocabularySize)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        yield return new ParameterSpec(ModelPart.Embeddings, Embedding, [vocabularySize, hidden], Initialization.NormalOf(StartDeviation));
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string name = $"model.layers.{layer}.";
            yield return Norm(name + "input_layernorm");
            yield return Matrix(name + "self_attn.q_proj", queries, hidden);
            yield return Matrix(name + "self_attn.k_proj", keys, hidden);
            yield return Matrix(name + "self_attn.v_proj", keys, hidden);
            yield return Matrix(name + "self_attn.o_proj", hidden, queries);
            yield return Norm(name + "post_attention_layernorm");
            yield return Matrix(name + "mlp.gate_proj", inner, hidden);
            yield return Matrix(name + "mlp.up_proj", inner, hidden);
            yield return Matrix(name + "mlp.down_proj", hidden, inner);
        }

        yield return Norm("model.norm");
        yield return Matrix("lm_head", vocabularySize, hidden);

        ParameterSpec Norm(string name) => new(ModelPart.Language, $"{Prefix}{name}.weight", [hidden], Initialization.Ones);
        ParameterSpec Matrix(string name, long rows, long columns) =>
            new(ModelPart.Language, $"{Prefix}{name}.weight", [rows, columns], Initialization.NormalOf(StartDeviation));
    }

    /// <summary>Where a Hugging Face folder keeps a tensor of ours.</summary>
    public static string NameInFolder(string name, bool tiedHead) =>
        name == Embedding || (tiedHead && name == Prefix + "lm_head.weight") ? "model.embed_tokens.weight" : name[Prefix.Length..];

    /// <summary>Tensors a folder may hold that the model computes for itself.</summary>
    public static bool IsDerived(string name) => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);
}
