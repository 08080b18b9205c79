using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;

namespace VisualChat.Model.Vision;

/// <summary>
/// The vision tower's tensors: CLIPVisionModel's names after <c>vis_encoder.</c>. The final norm is
/// left out, since features are taken before it.
/// </summary>
internal static class ClipParameters
{
    public const string Kind = "CLIP vision tower";
    public const string Prefix = "vis_encoder.";

    /// <summary>How the names of the tower's final norm begin in a folder of its own.</summary>
    public const string FinalNorm = "vision_model.post_layernorm.";

    /// <summary>Query, key and value projections as one.</summary>
    public const string JoinedAttention = "qkv_proj";

    /// <summary>A tensor of every such tower, as wide as its features.</summary>
    public const string ClassEmbedding = Root + "embeddings.class_embedding";

    private const string Root = Prefix + "vision_model.";
    private const double PatchDeviation = 0.02;

    // Half of what a patch brings: its place can be told from the first update on.
    private const double PositionDeviation = 0.5;

    private const string LayersInFolder = "vision_model.encoder.layers.";

    private static readonly TowerNames Names = new()
    {
        Kind = Kind,
        Root = "vision_model.",
        Marks = ["embeddings.class_embedding", "embeddings.patch_embedding.weight", "pre_layrnorm.weight"],
        Children = ["embeddings.", "encoder.", "pre_layrnorm.", "post_layernorm."],
        OtherParts =
        [
            "text_model.", "text_projection.", "visual_projection.", "logit_scale", "lang_decoder.", "lang_embed.",
            "projection.", "language_model.", "lm_head.", "multi_modal_projector.", "image_newline",
            "model.language_model.", "model.multi_modal_projector.", "model.image_newline", "model.layers.",
            "model.embed_tokens.", "model.norm.", "model.mm_projector.",
        ],
    };

    public static ParameterSource Source(ClipVisionConfig config, string? folder) => new()
    {
        Specs = [.. All(config)],
        Folder = folder,
        Names = Names,
        Layers = (LayersInFolder, config.Layers),
        IsIgnored = IsUnused,
    };

    /// <summary>A folder's tower, under the names of this model.</summary>
    /// <exception cref="Errors.ModelException">The folder holds no such tower.</exception>
    public static TowerTensors Open(string folder) => TowerTensors.Find(WeightFolder.Open(folder), Names);

    /// <summary>Every parameter of the tower, in order.</summary>
    /// <remarks>
    /// Random starts are those of transformers' CLIPPreTrainedModel, except that positions start
    /// stronger.
    /// </remarks>
    public static IEnumerable<ParameterSpec> All(ClipVisionConfig config)
    {
        long width = config.HiddenSize, inner = config.IntermediateSize, patch = config.PatchSize;
        double unit = Math.Pow(width, -0.5);
        double residual = Math.Pow(2.0 * config.Layers, -0.5);
        Initialization position = Initialization.NormalOf(PositionDeviation);
        yield return Spec(ParameterRole.Vector, "embeddings.class_embedding", [width], position);
        yield return Spec(
            ParameterRole.Matrix,
            "embeddings.patch_embedding.weight",
            [width, ClipNormalization.Channels, patch, patch],
            Initialization.NormalOf(PatchDeviation));
        yield return Spec(
            ParameterRole.Table, "embeddings.position_embedding.weight", [config.VisualTokens, width], position);
        foreach (ParameterSpec spec in Norm("pre_layrnorm"))
            yield return spec;
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string name = $"encoder.layers.{layer}.";
            IEnumerable<ParameterSpec> specs =
            [
                .. Norm(name + "layer_norm1"),
                .. Joined("q_proj"),
                .. Joined("k_proj"),
                .. Joined("v_proj"),
                .. Map(name + "self_attn.out_proj", width, width, unit),
                .. Norm(name + "layer_norm2"),
                .. Map(name + "mlp.fc1", inner, width, Math.Pow(2.0 * width, -0.5)),
                .. Map(name + "mlp.fc2", width, inner, unit * residual),
            ];
            foreach (ParameterSpec spec in specs)
                yield return spec;

            IEnumerable<ParameterSpec> Joined(string map)
            {
                string attention = name + "self_attn.";
                foreach (ParameterSpec spec in Map(attention + map, width, width, unit * residual))
                {
                    string kind = spec.Role == ParameterRole.Matrix ? ".weight" : ".bias";
                    yield return spec with { JoinedName = Root + attention + JoinedAttention + kind };
                }
            }
        }

        IEnumerable<ParameterSpec> Norm(string name) =>
        [
            Spec(ParameterRole.Vector, name + ".weight", [width], Initialization.Ones),
            Spec(ParameterRole.Vector, name + ".bias", [width], Initialization.Zeros),
        ];

        IEnumerable<ParameterSpec> Map(string name, long rows, long columns, double deviation) =>
        [
            Spec(ParameterRole.Matrix, name + ".weight", [rows, columns], Initialization.NormalOf(deviation)),
            Spec(ParameterRole.Vector, name + ".bias", [rows], Initialization.Zeros),
        ];

        ParameterSpec Spec(ParameterRole role, string name, long[] shape, Initialization start) =>
            new(ModelPart.Vision, role, Root + name, shape, start) { NameInFolder = NameInFolder(Root + name) };
    }

    /// <summary>A tensor's name in a Hugging Face folder.</summary>
    public static string NameInFolder(string name) => name[Prefix.Length..];

    /// <summary>
    /// True of a tensor that a folder may hold and the features do not need: the tower's final
    /// norm, counted positions.
    /// </summary>
    private static bool IsUnused(string name) =>
        name.StartsWith(FinalNorm, StringComparison.Ordinal) || name == "vision_model.embeddings.position_ids";
}
