using static TorchSharp.torch;

namespace VisualChat.Model.Pickles;

/// <summary>PyTorch's storage: a block of elements that pickled tensors are views of.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Key">The archive's entry <c>data/KEY</c> holds the bytes.</param>
/// <param name="Elements">How many elements the storage has.</param>
internal sealed record PickledStorage(ScalarType Type, string Key, long Elements);
