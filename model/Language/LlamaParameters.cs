using VisualChat.Model.Parameters;

namespace VisualChat.Model.Language;

/// <summary>The decoder's tensors: LlamaForCausalLM's names after <c>lang_decoder.</c>, and the embedding table that is trained, <c>lang_embed.weight</c>.</summary>
internal static class LlamaParameters
{
    public const string Prefix = "lang_decoder.";
    public const string Embedding = "lang_embed.weight";

    /// <summary>transformers' <c>initializer_range</c>.</summary>
    private const double HeadDeviation = 0.02;

    // The length of a visual token after the projection's norm: text and images start alike.
    private const double EmbeddingDeviation = 1;

    /// <summary>
    /// A random start keeps lengths as they are: a matrix's deviation is one over the root of its columns, and of the two that add to the stream, less by the
    /// root of how many add. transformers' 0.02 for everything is that of a width of 2,500; a narrow decoder would start nearly silent.
    /// </summary>
    public static IEnumerable<ParameterSpec> All(LlamaConfig config, int vocabularySize)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        double shallow = Math.Pow(2.0 * config.Layers, -0.5);
        long queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        yield return new ParameterSpec(ModelPart.Embeddings, Embedding, [vocabularySize, hidden], Initialization.NormalOf(EmbeddingDeviation));
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string name = $"model.layers.{layer}.";
            yield return Norm(name + "input_layernorm");
            yield return Matrix(name + "self_attn.q_proj", queries, hidden);
            yield return Matrix(name + "self_attn.k_proj", keys, hidden);
            yield return Matrix(name + "self_attn.v_proj", keys, hidden);
            yield return Matrix(name + "self_attn.o_proj", hidden, queries, shallow);
            yield return Norm(name + "post_attention_layernorm");
            yield return Matrix(name + "mlp.gate_proj", inner, hidden);
            yield return Matrix(name + "mlp.up_proj", inner, hidden);
            yield return Matrix(name + "mlp.down_proj", hidden, inner, shallow);
        }

        yield return Norm("model.norm");
        yield return new ParameterSpec(ModelPart.Language, Prefix + "lm_head.weight", [vocabularySize, hidden], Initialization.NormalOf(HeadDeviation));

        ParameterSpec Norm(string name) => new(ModelPart.Language, $"{Prefix}{name}.weight", [hidden], Initialization.Ones);
        ParameterSpec Matrix(string name, long rows, long columns, double less = 1) =>
            new(ModelPart.Language, $"{Prefix}{name}.weight", [rows, columns], Initialization.NormalOf(less * Math.Pow(columns, -0.5)));
    }

    /// <summary>Where a Hugging Face folder keeps a tensor of ours.</summary>
    public static string NameInFolder(string name, bool tiedHead) =>
        name == Embedding || (tiedHead && name == Prefix + "lm_head.weight") ? "model.embed_tokens.weight" : name[Prefix.Length..];

    /// <summary>Tensors a folder may hold that the model computes for itself.</summary>
    public static bool IsDerived(string name) => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);
}
