using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.CrossAttention;

// Q queries, S keys, N heads, D head dim.

/// <summary>
/// The linear maps of attention from one kind of rows to another, by Flamingo's names and sizes: 8
/// heads of 64 whatever the widths, keys and values in one map, no biases.
/// </summary>
internal sealed record CrossMaps(Linear Query, Linear KeyValue, Linear Output)
{
    public const int Heads = 8;
    public const int HeadSize = 64;

    /// <summary>PyTorch's own, which Flamingo's norms have.</summary>
    public const double NormEpsilon = 1e-5;

    private const string QueryName = "to_q", KeyValueName = "to_kv", OutputName = "to_out";

    /// <summary>N · D</summary>
    public static int Width => Heads * HeadSize;

    public static CrossMaps Of(ParameterSet parameters, string prefix) => new(
        Linear.Of(parameters, prefix + QueryName),
        Linear.Of(parameters, prefix + KeyValueName),
        Linear.Of(parameters, prefix + OutputName));

    /// <param name="part">The part of the model they belong to.</param>
    /// <param name="prefix">How their names begin.</param>
    /// <param name="queryWidth">Width of the rows that look.</param>
    /// <param name="keyWidth">Width of the rows that are looked at.</param>
    public static IEnumerable<ParameterSpec> Specs(ModelPart part, string prefix, long queryWidth, long keyWidth) =>
    [
        Map(part, prefix + QueryName, Width, queryWidth),
        Map(part, prefix + KeyValueName, 2 * Width, keyWidth),
        Map(part, prefix + OutputName, queryWidth, Width),
    ];

    /// <summary>A map with PyTorch's own start.</summary>
    public static ParameterSpec Map(ModelPart part, string name, long rows, long columns) =>
        new(
            part,
            ParameterRole.Matrix,
            name + ".weight",
            [rows, columns],
            Initialization.UniformOf(Math.Pow(columns, -0.5)));

    public static IEnumerable<ParameterSpec> Norm(ModelPart part, string name, long width) =>
    [
        new(part, ParameterRole.Vector, name + ".weight", [width], Initialization.Ones),
        new(part, ParameterRole.Vector, name + ".bias", [width], Initialization.Zeros),
    ];

    /// <summary>[..., N, D]</summary>
    public Tensor Queries(Tensor x) => Split(Query.Apply(x));

    /// <summary>[..., 2 · N, D] Keys, then values.</summary>
    public Tensor KeyValues(Tensor x) => Split(KeyValue.Apply(x));

    private static Tensor Split(Tensor x) => x.view([.. x.shape[..^1], -1, HeadSize]);
}
