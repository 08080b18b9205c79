using TorchSharp;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Pickles;

/// <summary>A tensor to write to a PyTorch checkpoint.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Key">Names its bytes: tensors of one key share them.</param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Type">The type its values are rounded to.</param>
/// <param name="Make">Makes the values.</param>
internal sealed record WrittenTensor(string Name, string Key, long[] Shape, ScalarType Type, Func<Tensor> Make)
{
    public WrittenTensor(string name, string key, Tensor value, ScalarType type)
        : this(name, key, value.shape, type, () => value.detach())
    {
    }

    public long Bytes => Shape.Aggregate(1L, (product, size) => product * size) * TensorEntry.ElementBytes(Type);

    /// <summary>Writes its bytes, row by row. The rounded values live no longer.</summary>
    public void Write(Stream output)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsTensor.Of(Name, Make().to(Type)).Write(output);
    }
}
