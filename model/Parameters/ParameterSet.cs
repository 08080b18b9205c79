using TorchSharp.Modules;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>The model's tensors by name. What is trained is a <see cref="Parameter"/> of its own; what is frozen may be a view of a file.</summary>
public sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;

    internal ParameterSet(IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        _tensors = tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        Trained = [.. tensors.Where(tensor => tensor.Value is Parameter).Select(tensor => (tensor.Name, (Parameter)tensor.Value))];
        Names = [.. tensors.Select(tensor => tensor.Name)];
    }

    /// <summary>Every name, in the model's order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What is trained, by name, in the model's order.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Trained { get; }

    /// <summary>A tensor by its name.</summary>
    /// <exception cref="KeyNotFoundException">The model has none of that name.</exception>
    public Tensor this[string name] => _tensors.TryGetValue(name, out Tensor? tensor) ? tensor : throw new KeyNotFoundException($"The model has no tensor '{name}'.");

    /// <summary>The same tensors in the same memory; what is trained has gradients of its own.</summary>
    internal ParameterSet Replica() => new([.. Names.Select(name => (name, Alias(_tensors[name])))]);

    /// <summary>Frees every tensor; mapped files are let go with the last view of them.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
            tensor.Dispose();
    }

    private static Tensor Alias(Tensor tensor) => (tensor is Parameter ? new Parameter(tensor.detach()) : tensor.alias()).DetachFromDisposeScope();
}
