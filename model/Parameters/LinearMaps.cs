using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>
/// Several linear maps of one input: in one product where their weights are joined (frozen, on a
/// GPU), else in a product each.
/// </summary>
/// <param name="Maps">The maps.</param>
/// <param name="Joined">All of them as one; null where each has a weight of its own.</param>
internal sealed record LinearMaps(IReadOnlyList<Linear> Maps, Linear? Joined)
{
    /// <param name="parameters">Has the weights.</param>
    /// <param name="joinedName">What the maps are called as one.</param>
    /// <param name="names">Each map's name, in the order of the joined rows.</param>
    /// <param name="bias">Whether they add a bias.</param>
    public static LinearMaps Of(
        ParameterSet parameters, string joinedName, IReadOnlyList<string> names, bool bias = false)
    {
        Linear? joined = parameters.JoinedWeight(joinedName + ".weight") is { } weight
            ? new Linear(weight, bias ? parameters.Joined(joinedName + ".bias") : null)
            : null;
        return new LinearMaps([.. names.Select(name => Linear.Of(parameters, name, bias))], joined);
    }

    /// <summary>The maps but the first ones.</summary>
    public LinearMaps Without(int first)
    {
        if (Joined is null)
            return new LinearMaps([.. Maps.Skip(first)], null);
        long rows = Maps.Take(first).Sum(map => map.Weight.Rows);
        long rest = Joined.Weight.Rows - rows;
        var joined = new Linear(Joined.Weight.Narrow(rows, rest), Joined.Bias?.narrow(0, rows, rest));
        return new LinearMaps([.. Maps.Skip(first)], joined);
    }

    /// <summary>[..., out] of each map from [..., in].</summary>
    public IReadOnlyList<Tensor> Apply(Tensor x) => Joined is null
        ? [.. Maps.Select(map => map.Apply(x))]
        : Joined.Apply(x).split([.. Maps.Select(map => map.Weight.Rows)], -1);
}
