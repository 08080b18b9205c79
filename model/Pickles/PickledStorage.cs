using static TorchSharp.torch;

namespace VisualChat.Model.Pickles;

/// <summary>A block of elements that pickled tensors are views of: PyTorch's storage.</summary>
/// <param name="Type">Its element type.</param>
/// <param name="Key">The archive's entry <c>data/KEY</c> holds its bytes.</param>
/// <param name="Elements">How many.</param>
internal sealed record PickledStorage(ScalarType Type, string Key, long Elements);
