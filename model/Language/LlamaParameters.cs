using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;

namespace VisualChat.Model.Language;

/// <summary>
/// The decoder's tensors: LlamaForCausalLM's names after <c>lang_decoder.</c>, and the embedding
/// table that is trained, <c>lang_embed.weight</c>.
/// </summary>
internal static class LlamaParameters
{
    public const string Prefix = "lang_decoder.";
    public const string Embedding = "lang_embed.weight";

    /// <summary>Query, key and value projections as one.</summary>
    public const string JoinedAttention = "qkv_proj";

    /// <summary>The MLP's gate and its other half as one.</summary>
    public const string JoinedMlp = "gate_up_proj";

    private const string Head = Prefix + "lm_head.weight";
    private const string EmbeddingInFolder = "model.embed_tokens.weight";

    /// <summary>transformers' <c>initializer_range</c>.</summary>
    private const double HeadDeviation = 0.02;

    // The length of a visual token after the projection's norm: text and images start alike.
    private const double EmbeddingDeviation = 1;

    private const string LayersInFolder = "model.layers.";
    private const string HeadInFolder = "lm_head.weight";

    private static readonly TowerNames Names = new()
    {
        Kind = "LLaMA decoder",
        Root = "model.",
        Marks = ["layers.#.input_layernorm.weight", "layers.#.post_attention_layernorm.weight"],
        Children = ["embed_tokens.", "layers.", "norm.", "rotary_emb."],
        OtherParts =
        [
            "vis_encoder.", "projection.", "vision_tower.", "vision_model.", "multi_modal_projector.",
            "image_newline", "model.vision_tower.", "model.multi_modal_projector.", "model.mm_projector.",
            "model.image_newline",
        ],
        Beside = HeadInFolder,
        Renamed = [(Embedding, EmbeddingInFolder)],
    };

    /// <param name="config">The decoder.</param>
    /// <param name="vocabularySize">Rows of the embedding table and the head.</param>
    /// <param name="addedTokens">
    /// How many of them are tokens that were added to the tokenizer's, which a folder may lack.
    /// </param>
    /// <param name="folder">Holds the decoder; null: a random start.</param>
    public static ParameterSource Source(LlamaConfig config, int vocabularySize, int addedTokens, string? folder) =>
        new()
        {
            Specs = [.. All(config, vocabularySize, addedTokens)],
            Folder = folder,
            Names = Names,
            Layers = (LayersInFolder, config.Layers),
            IsIgnored = IsDerived,
            Twice = config.TiedHead ? (EmbeddingInFolder, HeadInFolder) : null,
        };

    /// <summary>Every parameter of the decoder, in order.</summary>
    /// <remarks>
    /// A random start has standard deviation 1 / sqrt(columns). The two projections that write to
    /// the residual stream are scaled down by 1 / sqrt(2 · layers), as in GPT-2. transformers'
    /// fixed 0.02 suits a width of 2,500 and would start a narrow decoder near zero.
    /// </remarks>
    public static IEnumerable<ParameterSpec> All(LlamaConfig config, int vocabularySize, int addedTokens = 0)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.Heads * config.HeadSize;
        long keys = (long)config.KeyValueHeads * config.HeadSize;
        double residual = Math.Pow(2.0 * config.Layers, -0.5);
        yield return Table(ModelPart.Embeddings, ParameterRole.Table, Embedding, EmbeddingDeviation);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string name = $"model.layers.{layer}.";
            string attention = $"{Prefix}{name}self_attn.{JoinedAttention}.weight";
            string mlp = $"{Prefix}{name}mlp.{JoinedMlp}.weight";
            yield return Norm(name + "input_layernorm");
            yield return Matrix(name + "self_attn.q_proj", queries, hidden) with { JoinedName = attention };
            yield return Matrix(name + "self_attn.k_proj", keys, hidden) with { JoinedName = attention };
            yield return Matrix(name + "self_attn.v_proj", keys, hidden) with { JoinedName = attention };
            yield return Matrix(name + "self_attn.o_proj", hidden, queries, residual);
            yield return Norm(name + "post_attention_layernorm");
            yield return Matrix(name + "mlp.gate_proj", inner, hidden) with { JoinedName = mlp };
            yield return Matrix(name + "mlp.up_proj", inner, hidden) with { JoinedName = mlp };
            yield return Matrix(name + "mlp.down_proj", hidden, inner, residual);
        }

        yield return Norm("model.norm");
        yield return Table(ModelPart.Language, ParameterRole.Head, Head, HeadDeviation);

        ParameterSpec Norm(string name) =>
            Spec(ParameterRole.Vector, name, [hidden], Initialization.Ones);

        ParameterSpec Matrix(string name, long rows, long columns, double scale = 1) =>
            Spec(ParameterRole.Matrix, name, [rows, columns], Initialization.NormalOf(scale * Math.Pow(columns, -0.5)));

        ParameterSpec Spec(ParameterRole role, string name, long[] shape, Initialization start) =>
            new(ModelPart.Language, role, $"{Prefix}{name}.weight", shape, start) { NameInFolder = name + ".weight" };

        ParameterSpec Table(ModelPart part, ParameterRole role, string name, double deviation) =>
            new(part, role, name, [vocabularySize, hidden], Initialization.NormalOf(deviation))
            {
                NameInFolder = NameInFolder(name, config.TiedHead),
                Rows = new VocabularyRows(config.VocabularySize, vocabularySize - addedTokens, vocabularySize),
            };
    }

    /// <summary>A tensor's name in a Hugging Face folder.</summary>
    /// <param name="name">The name in the model.</param>
    /// <param name="tiedHead">Whether the folder's embedding table serves as the head.</param>
    public static string NameInFolder(string name, bool tiedHead) =>
        name == Embedding || (tiedHead && name == Head) ? EmbeddingInFolder : name[Prefix.Length..];

    /// <summary>
    /// True of a tensor that a folder may hold and the model computes for itself.
    /// </summary>
    private static bool IsDerived(string name) => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);
}
