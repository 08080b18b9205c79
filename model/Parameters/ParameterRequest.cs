using VisualChat.Model.Quantisation;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>What a model's tensors are made from, and how.</summary>
internal sealed record ParameterRequest
{
    /// <summary>Every parameter, in the model's order.</summary>
    public required IReadOnlyList<ParameterSource> Sources { get; init; }

    /// <summary>
    /// A folder of tensors under the model's names. It comes before every source.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>What <see cref="Checkpoint"/> holds.</summary>
    public CheckpointKind CheckpointKind { get; init; }

    /// <summary>A second such folder, after <see cref="Checkpoint"/>.</summary>
    public string? Start { get; init; }

    /// <summary>What <see cref="Start"/> holds.</summary>
    public CheckpointKind StartKind { get; init; }

    /// <summary>The parts that are trained.</summary>
    public required ModelPart Trainable { get; init; }

    /// <summary>The type that the model computes in.</summary>
    public required ScalarType ComputeType { get; init; }

    /// <summary>
    /// Whether frozen weights are copied, in the type the model computes in, and those of one input
    /// into one tensor (<see cref="JoinedTensors"/>); null: not on a CPU, where they stay views of
    /// mapped files.
    /// </summary>
    public bool? CopiesFrozen { get; init; }

    /// <summary>
    /// Parts whose tensors are checked and not loaded: what needs them was computed before.
    /// </summary>
    public ModelPart NotLoaded { get; init; }

    /// <summary>
    /// In how many bits the linear maps of a frozen tower or decoder are kept; null: as files have
    /// them.
    /// </summary>
    public FrozenFormat? Frozen { get; init; }

    /// <summary>Decides random starts; each tensor's start depends on its own name only.</summary>
    public required ulong Seed { get; init; }
}
