using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>
/// Tensors that each have the rows of several parameters, one parameter after the other, so that
/// one product does for all of them. Each parameter is a view of its rows.
/// </summary>
internal sealed class JoinedTensors
{
    private readonly Dictionary<string, Tensor> _whole = [];
    private readonly Dictionary<string, Tensor> _views = [];

    /// <summary>The joined tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Whole => _whole;

    /// <summary>Makes the tensors that some parameters name, without values.</summary>
    /// <param name="specs">The parameters, in the order of their rows.</param>
    /// <param name="type">The type of every value.</param>
    /// <param name="device">Where the tensors are.</param>
    public static JoinedTensors Empty(IEnumerable<ParameterSpec> specs, ScalarType type, Device device)
    {
        var joined = new JoinedTensors();
        IEnumerable<IGrouping<string, ParameterSpec>> groups = specs
            .Where(spec => spec.JoinedName is not null)
            .GroupBy(spec => spec.JoinedName!);
        foreach (IGrouping<string, ParameterSpec> group in groups)
        {
            long[] shape = [group.Sum(spec => spec.Shape[0]), .. group.First().Shape[1..]];
            Tensor whole = empty(shape, dtype: type, device: device);
            joined._whole.Add(group.Key, whole);
            long row = 0;
            foreach (ParameterSpec spec in group)
            {
                joined._views.Add(spec.Name, whole.narrow(0, row, spec.Shape[0]));
                row += spec.Shape[0];
            }
        }

        return joined;
    }

    /// <summary>A parameter's rows; null if it is a tensor of its own.</summary>
    public Tensor? ViewOf(ParameterSpec spec) => _views.GetValueOrDefault(spec.Name);
}
