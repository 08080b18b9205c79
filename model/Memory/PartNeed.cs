namespace VisualChat.Model.Memory;

/// <summary>What a part of a model takes, before anything is loaded.</summary>
/// <param name="Name">
/// <c>vision tower</c>, <c>projection</c>, <c>gated layers</c>, <c>embeddings</c>, <c>decoder</c>
/// or <c>head</c>.
/// </param>
/// <param name="Parameters">The numbers of its tensors.</param>
/// <param name="Trained">How many of them are trained.</param>
/// <param name="Source">Where its values come from.</param>
/// <param name="DiskBytes">
/// What it takes in its files; where there are none, what it will take in them.
/// </param>
/// <param name="MemoryBytes">What it takes in the type that the model computes in.</param>
public sealed record PartNeed(
    string Name, long Parameters, long Trained, WeightSource Source, long DiskBytes, long MemoryBytes);
