using static TorchSharp.torch;

namespace VisualChat.Model.Safetensors;

/// <summary>A tensor in a safetensors file.</summary>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Bytes">How many there are.</param>
public readonly record struct StoredTensor(ScalarType Type, IReadOnlyList<long> Shape, long Offset, long Bytes);
