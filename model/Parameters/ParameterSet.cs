using TorchSharp.Modules;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>The model's tensors by name.</summary>
/// <remarks>
/// A trained tensor is a <see cref="Parameter"/> with memory of its own; a frozen one may be a view
/// of a file, or of a tensor that it shares with others.
/// </remarks>
internal sealed class ParameterSet : IDisposable
{
    private readonly IReadOnlyList<(ParameterSpec Spec, Tensor Value)> _ordered;
    private readonly Dictionary<string, Tensor> _tensors;
    private readonly IReadOnlyDictionary<string, Tensor> _joined;
    private readonly LentWeights _lent;

    /// <param name="tensors">Every tensor, in the model's order.</param>
    /// <param name="passedOver">See <see cref="PassedOver"/>.</param>
    /// <param name="joined">What some of the tensors are views of, by name.</param>
    /// <param name="lent">Weights that are no tensors; null: there are none.</param>
    public ParameterSet(
        IReadOnlyList<(ParameterSpec Spec, Tensor Value)> tensors,
        IReadOnlyList<string>? passedOver = null,
        IReadOnlyDictionary<string, Tensor>? joined = null,
        LentWeights? lent = null)
    {
        _joined = joined ?? new Dictionary<string, Tensor>();
        _lent = lent ?? new LentWeights();
        PassedOver = passedOver ?? [];
        _ordered = tensors;
        _tensors = tensors.ToDictionary(tensor => tensor.Spec.Name, tensor => tensor.Value);
        Names = [.. tensors.Select(tensor => tensor.Spec.Name), .. _lent.Names];
        Trained =
        [
            .. tensors.Where(tensor => tensor.Value is Parameter)
                .Select(tensor => new TrainedParameter(tensor.Spec, (Parameter)tensor.Value)),
        ];
    }

    /// <summary>
    /// Every tensor's name, in the model's order, and then those of weights that are lent.
    /// </summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// For each folder that holds more than its tower, how many tensors were not used.
    /// </summary>
    public IReadOnlyList<string> PassedOver { get; }

    /// <summary>The trained tensors, in the model's order.</summary>
    public IReadOnlyList<TrainedParameter> Trained { get; }

    /// <exception cref="KeyNotFoundException">The model has no tensor of that name.</exception>
    public Tensor this[string name] => _tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new KeyNotFoundException($"The model has no tensor '{name}'.");

    /// <summary>
    /// A tensor with the rows of several parameters (<see cref="JoinedTensors"/>); null where each
    /// of them is a tensor of its own.
    /// </summary>
    public Tensor? Joined(string name) => _joined.GetValueOrDefault(name);

    /// <summary>The weight of a linear map, which may be no tensor of the model's.</summary>
    /// <exception cref="KeyNotFoundException">The model has no weight of that name.</exception>
    public LinearWeight Weight(string name) => (LinearWeight?)_lent.Of(name) ?? new OwnWeight(this[name]);

    /// <summary>
    /// A weight with the rows of several; null where each of them is one of its own.
    /// </summary>
    public LinearWeight? JoinedWeight(string name)
    {
        if (_lent.JoinedOf(name) is { } lent)
            return lent;
        return Joined(name) is { } whole ? new OwnWeight(whole) : null;
    }

    /// <summary>The weights that are lent, and what went wrong where they were.</summary>
    public LentWeights Lent => _lent;

    /// <summary>The same tensors in the same memory, with gradients of their own.</summary>
    public ParameterSet Replica() => new(
        [.. _ordered.Select(tensor => (tensor.Spec, Alias(tensor.Value)))],
        joined: _joined.ToDictionary(tensor => tensor.Key, tensor => Alias(tensor.Value)),
        lent: _lent.Alias());

    /// <summary>Frees every tensor. A mapped file is released with the last view of it.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values.Concat(_joined.Values))
            tensor.Dispose();
        _lent.Dispose();
    }

    private static Tensor Alias(Tensor tensor)
    {
        Tensor alias = tensor is Parameter ? new Parameter(tensor.detach()) : tensor.alias();
        return alias.DetachFromDisposeScope();
    }
}
