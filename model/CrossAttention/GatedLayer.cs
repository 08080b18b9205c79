using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.CrossAttention;

// R rows of the decoder's stream, I visual tokens, H hidden size, C width of the visual tokens.

/// <summary>
/// Flamingo's gated cross-attention layer (arXiv 2204.14198, section 2.2): the decoder's rows look
/// at visual tokens, then pass a feed-forward part. Both are added through gates that start closed,
/// so that the model starts as the plain decoder.
/// </summary>
/// <remarks>
/// Costs R · (1024 + 8 · H) · H multiply-adds, almost three quarters of a LLaMA layer, I · 1024 · C
/// for keys and values, and 1024 for each row and visual token that it looks at.
/// </remarks>
internal sealed record GatedLayer(
    LayerNorm Norm, CrossMaps Maps, Tensor AttentionGate, FeedForward FeedForward, Tensor FeedForwardGate)
{
    private const string NormName = ".attn.norm", MapPrefix = ".attn.", AttentionGateName = ".attn_gate";
    private const string FeedForwardName = ".ff", FeedForwardGateName = ".ff_gate";

    public static GatedLayer Of(ParameterSet parameters, string name) => new(
        LayerNorm.Of(parameters, name + NormName, CrossMaps.NormEpsilon),
        CrossMaps.Of(parameters, name + MapPrefix),
        parameters[name + AttentionGateName],
        FeedForward.Of(parameters, name + FeedForwardName),
        parameters[name + FeedForwardGateName]);

    /// <summary>A layer's tensors.</summary>
    /// <param name="name">How their names begin.</param>
    /// <param name="width">H</param>
    /// <param name="mediaWidth">C</param>
    public static IEnumerable<ParameterSpec> Specs(string name, long width, long mediaWidth)
    {
        const ModelPart Part = ModelPart.CrossAttention;
        return
        [
            .. CrossMaps.Norm(Part, name + NormName, width),
            .. CrossMaps.Specs(Part, name + MapPrefix, width, mediaWidth),
            Gate(name + AttentionGateName),
            .. FeedForward.Specs(Part, name + FeedForwardName, width),
            Gate(name + FeedForwardGateName),
        ];

        static ParameterSpec Gate(string name) => new(Part, ParameterRole.Vector, name, [1], Initialization.Zeros);
    }

    /// <summary>The rows after this layer.</summary>
    /// <param name="x_RH">The rows before it.</param>
    /// <param name="media_IC">The visual tokens that come with them; null: there are none.</param>
    /// <param name="pass">Which rows look at which of them.</param>
    /// <param name="cache">
    /// Has the layer's keys and values of earlier visual tokens, and receives those of the new
    /// ones; null in a pass without a cache.
    /// </param>
    public Tensor Forward(Tensor x_RH, Tensor? media_IC, MediaPass pass, CachedRows? cache = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = x_RH;
        Tensor? keyValue_IMD = media_IC is null ? null : Maps.KeyValues(media_IC);
        if (cache is not null && keyValue_IMD is not null)
            cache.Write(pass.CachedRows, HeadRows.Of(keyValue_IMD, CrossMaps.Heads));
        if (pass.SeesImages)
        {
            Tensor query_RND = Maps.Queries(Norm.Apply(x));
            Tensor seen_RW = cache is null
                ? pass.Attend(query_RND, keyValue_IMD!)
                : pass.Attend(query_RND, cache);
            x = Added(x, Maps.Output.Apply(seen_RW), AttentionGate);
        }

        return Added(x, FeedForward.Apply(x), FeedForwardGate).MoveToOuterDisposeScope();
    }

    private static Tensor Added(Tensor x, Tensor change, Tensor gate) =>
        x.addcmul(change, Linear.Cast(gate, x).tanh(), HeldScalars.One);
}
