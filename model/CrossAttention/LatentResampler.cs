using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.CrossAttention;

// B images, P features of an image, L latents, C width of both, N heads, D head dim.

/// <summary>
/// Flamingo's perceiver resampler (arXiv 2204.14198, section 2.1), in the projection's place:
/// latents that look at an image's features and at themselves, layer after layer, and stay of the
/// tower's width. The class token's feature is dropped, as Otter does.
/// </summary>
/// <remarks>
/// Costs, in each layer, B · (P + L) · 1024 · C multiply-adds for keys and values, and
/// B · L · (1024 + 8 · C) · C.
/// </remarks>
internal sealed class LatentResampler : VisualProjection
{
    /// <summary>Its latents' name.</summary>
    public const string LatentsName = OwnPrefix + "latents";

    private const string OwnPrefix = "perceiver.", NormName = OwnPrefix + "norm";

    private readonly Tensor _latents_LC;
    private readonly Layer[] _layers;
    private readonly LayerNorm _norm;
    private readonly int _classTokens;

    /// <param name="parameters">Has its tensors.</param>
    /// <param name="depth">Layers.</param>
    /// <param name="vision">The tower.</param>
    public LatentResampler(ParameterSet parameters, int depth, VisionTowerConfig vision)
    {
        _latents_LC = parameters[LatentsName];
        _layers = [.. Enumerable.Range(0, depth).Select(index => Layer.Of(parameters, LayerPrefix(index)))];
        _norm = LayerNorm.Of(parameters, NormName, CrossMaps.NormEpsilon);
        _classTokens = vision is ClipVisionConfig ? 1 : 0;
    }

    /// <summary>Its tensors.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="width">C</param>
    public static IEnumerable<ParameterSpec> Specs(CrossAttentionConfig config, long width)
    {
        const ModelPart Part = ModelPart.Projection;
        yield return new ParameterSpec(
            Part, ParameterRole.Table, LatentsName, [config.Latents, width], Initialization.NormalOf(1));
        for (int index = 0; index < config.Depth; index++)
        {
            foreach (ParameterSpec spec in Layer.Specs(Part, LayerPrefix(index), width))
                yield return spec;
        }

        foreach (ParameterSpec spec in CrossMaps.Norm(Part, NormName, width))
            yield return spec;
    }

    /// <summary>Numbers that a pass keeps for a backward pass, about.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="width">C</param>
    /// <param name="features">P</param>
    /// <param name="images">B</param>
    public static long NumbersKept(CrossAttentionConfig config, long width, long features, long images)
    {
        long latents = config.Latents;

        // What is mapped to keys and values, and these.
        long ofKeys = (features + latents) * (width + (2 * CrossMaps.Width));

        // Both norms' inputs and results, and inside the feed-forward part the GELU's input and
        // result; queries, and the attention's result twice.
        long ofLatents = latents * (((4 + (2 * FeedForward.Factor)) * width) + (3 * CrossMaps.Width));

        // Beside the layers: the features, and the last norm's input.
        return images * ((features * width) + (config.Depth * (ofKeys + ofLatents)) + (latents * width));
    }

    /// <summary>Its tensors, and what checkpoints do not go with it.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="width">Width of the tower's features.</param>
    public static ParameterSource Source(CrossAttentionConfig config, long width) => new()
    {
        Specs = [.. Specs(config, width)],
        Mismatch = names => VisualProjection.KindOf(names) is { } found
            ? $"holds the projection '{found.Name()}', and in this model the resampler "
                + $"'{MediaResampler.Perceiver.Name()}' takes its place"
            : null,
    };

    /// <inheritdoc/>
    /// <returns>[B, L, C]</returns>
    public override Tensor Apply(Tensor features_BPC)
    {
        using DisposeScope scope = NewDisposeScope();
        long images = features_BPC.shape[0], patches = features_BPC.shape[1] - _classTokens;
        Tensor patches_BPC = features_BPC.narrow(1, _classTokens, patches);
        Tensor latents_BLC = Linear.Cast(_latents_LC, features_BPC).unsqueeze(0).expand(images, -1, -1);
        foreach (Layer layer in _layers)
            latents_BLC = layer.Forward(patches_BPC, latents_BLC);
        return _norm.Apply(latents_BLC).MoveToOuterDisposeScope();
    }

    private static string LayerPrefix(int index) => $"{OwnPrefix}layers.{index}.";

    private sealed record Layer(LayerNorm MediaNorm, LayerNorm LatentNorm, CrossMaps Maps, FeedForward FeedForward)
    {
        private const string MediaNormName = "0.norm_media", LatentNormName = "0.norm_latents";
        private const string MapPrefix = "0.", FeedForwardName = "1";

        public static Layer Of(ParameterSet parameters, string prefix) => new(
            LayerNorm.Of(parameters, prefix + MediaNormName, CrossMaps.NormEpsilon),
            LayerNorm.Of(parameters, prefix + LatentNormName, CrossMaps.NormEpsilon),
            CrossMaps.Of(parameters, prefix + MapPrefix),
            FeedForward.Of(parameters, prefix + FeedForwardName));

        public static IEnumerable<ParameterSpec> Specs(ModelPart part, string prefix, long width) =>
        [
            .. CrossMaps.Norm(part, prefix + MediaNormName, width),
            .. CrossMaps.Norm(part, prefix + LatentNormName, width),
            .. CrossMaps.Specs(part, prefix + MapPrefix, width, width),
            .. FeedForward.Specs(part, prefix + FeedForwardName, width),
        ];

        public Tensor Forward(Tensor patches_BPC, Tensor latents_BLC)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor normed_BLC = LatentNorm.Apply(latents_BLC);
            Tensor query_BNLD = Maps.Queries(normed_BLC).transpose(1, 2);
            Tensor keyValue_BSMD = Maps.KeyValues(cat([MediaNorm.Apply(patches_BPC), normed_BLC], 1));
            Tensor[] keyValue_BNSD = keyValue_BSMD.transpose(1, 2).split(CrossMaps.Heads, 1);
            Tensor seen_BNLD = BlockAttention.Attend(
                query_BNLD, keyValue_BNSD[0], keyValue_BNSD[1], mask: null, isCausal: false);
            Tensor changed_BLC = Maps.Output.Apply(seen_BNLD.transpose(1, 2).flatten(2)).Plus(latents_BLC);
            return FeedForward.Apply(changed_BLC).Plus(changed_BLC).MoveToOuterDisposeScope();
        }
    }
}
