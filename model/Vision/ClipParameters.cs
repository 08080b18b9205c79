using VisualChat.Model.Parameters;

namespace VisualChat.Model.Vision;

/// <summary>The vision tower's tensors: CLIPVisionModel's names after <c>vis_encoder.</c>, without the final norm, which the features come before.</summary>
internal static class ClipParameters
{
    public const string Prefix = "vis_encoder.";
    public const string Positions = Root + "embeddings.position_embedding.weight";

    /// <summary>In a folder of its own, what the names of the tower's final norm begin with.</summary>
    public const string FinalNorm = "vision_model.post_layernorm.";

    private const string Root = Prefix + "vision_model.";
    private const double PositionDeviation = 0.02;

    /// <summary>Random starts are those of transformers' CLIPPreTrainedModel.</summary>
    public static IEnumerable<ParameterSpec> All(ClipVisionConfig config)
    {
        long width = config.HiddenSize, inner = config.IntermediateSize;
        double unit = Math.Pow(width, -0.5), shallow = Math.Pow(2.0 * config.Layers, -0.5);
        yield return Named("embeddings.class_embedding", [width], Initialization.NormalOf(unit));
        yield return Named("embeddings.patch_embedding.weight", [width, ClipNormalization.Channels, config.PatchSize, config.PatchSize], Initialization.NormalOf(PositionDeviation));
        yield return Named("embeddings.position_embedding.weight", [config.VisualTokens, width], Initialization.NormalOf(PositionDeviation));
        foreach (ParameterSpec spec in Norm("pre_layrnorm"))
            yield return spec;
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string name = $"encoder.layers.{layer}.";
            IEnumerable<ParameterSpec> specs =
            [
                .. Norm(name + "layer_norm1"),
                .. Map(name + "self_attn.q_proj", width, width, unit * shallow),
                .. Map(name + "self_attn.k_proj", width, width, unit * shallow),
                .. Map(name + "self_attn.v_proj", width, width, unit * shallow),
                .. Map(name + "self_attn.out_proj", width, width, unit),
                .. Norm(name + "layer_norm2"),
                .. Map(name + "mlp.fc1", inner, width, Math.Pow(2.0 * width, -0.5)),
                .. Map(name + "mlp.fc2", width, inner, unit * shallow),
            ];
            foreach (ParameterSpec spec in specs)
                yield return spec;
        }

        ParameterSpec Named(string name, long[] shape, Initialization start) => new(ModelPart.Vision, Root + name, shape, start);
        IEnumerable<ParameterSpec> Norm(string name) => [Named(name + ".weight", [width], Initialization.Ones), Named(name + ".bias", [width], Initialization.Zeros)];
        IEnumerable<ParameterSpec> Map(string name, long rows, long columns, double deviation) =>
            [Named(name + ".weight", [rows, columns], Initialization.NormalOf(deviation)), Named(name + ".bias", [rows], Initialization.Zeros)];
    }

    /// <summary>Where a Hugging Face folder keeps a tensor of ours.</summary>
    public static string NameInFolder(string name) => name[Prefix.Length..];

    /// <summary>Tensors a folder may hold that the features do not need: the rest of a whole CLIP, the tower's final norm, counted positions.</summary>
    public static bool IsUnused(string name) =>
        name.StartsWith("text_model.", StringComparison.Ordinal)
        || name.StartsWith(FinalNorm, StringComparison.Ordinal)
        || name is "logit_scale" or "text_projection.weight" or "visual_projection.weight" or "vision_model.embeddings.position_ids";
}
