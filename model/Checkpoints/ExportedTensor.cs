using VisualChat.Model.Pickles;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Checkpoints;

/// <summary>A tensor to export. Its values are made when they are written.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Type">The type that is written.</param>
/// <param name="Make">Makes the values, in any type, in the caller's dispose scope.</param>
internal sealed record ExportedTensor(string Name, long[] Shape, ScalarType Type, Func<Tensor> Make)
{
    /// <summary>Bytes that are written.</summary>
    public long Bytes => Shape.Aggregate(1L, (product, size) => product * size) * TensorEntry.ElementBytes(Type);

    /// <param name="name">Its name in the file.</param>
    /// <param name="value">A trained tensor, or a frozen one, which keeps its type.</param>
    /// <param name="trainedType">What a trained one is rounded to.</param>
    public static ExportedTensor Of(string name, Tensor value, ScalarType trainedType)
    {
        ScalarType type = value.requires_grad ? trainedType : value.dtype;
        return new ExportedTensor(name, value.shape, type, () => value.detach());
    }

    /// <summary>A weight that is quantised, as the numbers that the model computes with.</summary>
    public static ExportedTensor Of(string name, LentWeight weight, ScalarType type) =>
        new(name, [weight.Rows, weight.Columns], type, () => weight.Lend(type));

    /// <summary>For a file of safetensors.</summary>
    public SafetensorsTensor InSafetensors() =>
        SafetensorsTensor.Of(Name, Type, Shape, () => Make().to(Type));

    /// <summary>For a PyTorch checkpoint.</summary>
    /// <param name="key">Names its bytes: tensors of one key share them.</param>
    public WrittenTensor InArchive(string key) => new(Name, key, Shape, Type, Make);
}
