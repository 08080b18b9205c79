using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// B images, P features of an image, Q queries, C feature width, D width, N heads, d = D / N.

/// <summary>
/// Learned queries that attend once to an image's features, so that it takes as many positions as
/// there are queries. Keys know where a feature was in the image; values do not. The tensors are
/// those of Qwen-VL's <c>attn_pool</c> and of the release's projection <c>perceiver</c>.
/// </summary>
/// <remarks>
/// Costs B · P · (C + 2 · D) · D multiply-adds for keys and values, and Q · D² for the queries of a
/// batch.
/// </remarks>
internal sealed class Resampler
{
    /// <summary>The queries' name, after the prefix.</summary>
    public const string QueryName = "query";

    private const string PositionName = "pos_embed";
    private const double Deviation = 0.02;

    private readonly Tensor _query_QD;
    private readonly Tensor _position_QD;
    private readonly Linear _keys;
    private readonly Tensor _inWeight;
    private readonly Tensor _inBias;
    private readonly Linear _output;
    private readonly LayerNorm _queryNorm;
    private readonly LayerNorm _keyNorm;
    private readonly int _heads;

    /// <param name="parameters">Has its tensors.</param>
    /// <param name="prefix">How their names begin.</param>
    /// <param name="heads">Heads of its attention.</param>
    /// <param name="epsilon">Of its norms.</param>
    /// <param name="keyBias">Whether the map from the features' width has a bias.</param>
    public Resampler(ParameterSet parameters, string prefix, int heads, double epsilon, bool keyBias)
    {
        _query_QD = parameters[prefix + QueryName];
        _position_QD = parameters[prefix + PositionName];
        _keys = Linear.Of(parameters, prefix + "kv_proj", keyBias);
        _inWeight = parameters[prefix + "attn.in_proj_weight"];
        _inBias = parameters[prefix + "attn.in_proj_bias"];
        _output = Linear.Of(parameters, prefix + "attn.out_proj", bias: true);
        _queryNorm = LayerNorm.Of(parameters, prefix + "ln_q", epsilon);
        _keyNorm = LayerNorm.Of(parameters, prefix + "ln_kv", epsilon);
        _heads = heads;
    }

    /// <summary>Its tensors.</summary>
    /// <param name="part">The part of the model it belongs to.</param>
    /// <param name="prefix">How their names begin.</param>
    /// <param name="side">The queries are a square of this side.</param>
    /// <param name="featureWidth">Width of the features.</param>
    /// <param name="width">Width of the queries and of the result.</param>
    /// <param name="keyBias">Whether the map from the features' width has a bias.</param>
    /// <remarks>
    /// The originals cut their normal distributions at ±2, a hundred deviations: nothing is cut.
    /// </remarks>
    public static IEnumerable<ParameterSpec> Specs(
        ModelPart part, string prefix, int side, long featureWidth, long width, bool keyBias)
    {
        long queries = (long)side * side;
        var normal = Initialization.NormalOf(Deviation);

        // Xavier's, over the three maps as one: width columns, 3 · width rows.
        var joined = Initialization.UniformOf(Math.Sqrt(6.0 / (4 * width)));
        var positions = Initialization.ValuesOf(SinePositions.Of);
        yield return Spec(ParameterRole.Table, PositionName, [queries, width], positions) with { IsConstant = true };
        yield return Spec(ParameterRole.Table, QueryName, [queries, width], normal);
        yield return Spec(ParameterRole.Matrix, "kv_proj.weight", [width, featureWidth], normal);
        if (keyBias)
            yield return Spec(ParameterRole.Vector, "kv_proj.bias", [width], Initialization.Zeros);
        yield return Spec(ParameterRole.Matrix, "attn.in_proj_weight", [3 * width, width], joined);
        yield return Spec(ParameterRole.Vector, "attn.in_proj_bias", [3 * width], Initialization.Zeros);
        yield return Spec(ParameterRole.Matrix, "attn.out_proj.weight", [width, width], normal);
        yield return Spec(ParameterRole.Vector, "attn.out_proj.bias", [width], Initialization.Zeros);
        foreach (string norm in (string[])["ln_q", "ln_kv"])
        {
            yield return Spec(ParameterRole.Vector, norm + ".weight", [width], Initialization.Ones);
            yield return Spec(ParameterRole.Vector, norm + ".bias", [width], Initialization.Zeros);
        }

        ParameterSpec Spec(ParameterRole role, string name, long[] shape, Initialization start) =>
            new(part, role, prefix + name, shape, start);
    }

    /// <summary>The queries, normed, placed and projected: what no image changes.</summary>
    /// <param name="like">Of the type that is computed in.</param>
    /// <returns>[1, N, Q, d]</returns>
    public Tensor Query(Tensor like)
    {
        Tensor unit_QD = _queryNorm.Apply(Linear.Cast(_query_QD, like));
        return Heads(Map(0).Apply(unit_QD.Plus(Linear.Cast(_position_QD, like))).unsqueeze(0));
    }

    /// <summary>Where each feature was in the image: what no image changes either.</summary>
    /// <param name="count">P, a square number.</param>
    /// <param name="type">The type that is computed in.</param>
    /// <returns>[P, D] A handle of its own.</returns>
    public Tensor Places(long count, ScalarType type) => PositionGrid.Resized(_position_QD, count, type);

    /// <summary>The queries' results, before any later norm.</summary>
    /// <param name="features_BPC">The features of a square of patches, row by row.</param>
    /// <returns>[B, Q, D]</returns>
    public Tensor Apply(Tensor features_BPC)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor places_PD = Places(features_BPC.shape[1], features_BPC.dtype);
        return Apply(features_BPC, Query(features_BPC), places_PD).MoveToOuterDisposeScope();
    }

    /// <summary>The same with what no image changes, made before.</summary>
    /// <param name="features_BPC">The features of a square of patches, row by row.</param>
    /// <param name="query_1NQd">What <see cref="Query"/> gave.</param>
    /// <param name="places_PD">What <see cref="Places"/> gave.</param>
    /// <returns>[B, Q, D]</returns>
    public Tensor Apply(Tensor features_BPC, Tensor query_1NQd, Tensor places_PD)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values_BPD = _keyNorm.Apply(_keys.Apply(features_BPC));
        Tensor mixed_BNQd = nn.functional.scaled_dot_product_attention(
            query_1NQd.expand(features_BPC.shape[0], -1, -1, -1),
            Heads(Map(1).Apply(values_BPD.Plus(places_PD))),
            Heads(Map(2).Apply(values_BPD)));
        return _output.Apply(mixed_BNQd.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    // Rows of the queries' map, then of the keys', then of the values'.
    private Linear Map(int index)
    {
        long width = _query_QD.shape[1];
        return new Linear(_inWeight.narrow(0, index * width, width), _inBias.narrow(0, index * width, width));
    }

    // [B, N, rows, d] from [B, rows, D].
    private Tensor Heads(Tensor x) =>
        x.view(x.shape[0], x.shape[1], _heads, x.shape[2] / _heads).transpose(1, 2);
}
