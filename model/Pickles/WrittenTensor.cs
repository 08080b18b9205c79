using TorchSharp;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Pickles;

/// <summary>A tensor to write to a PyTorch checkpoint.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Key">Names its bytes: tensors of one key share them.</param>
/// <param name="Value">Its values.</param>
/// <param name="Type">The type they are rounded to.</param>
internal sealed record WrittenTensor(string Name, string Key, Tensor Value, ScalarType Type)
{
    public long[] Shape => Value.shape;

    public long Bytes => Value.numel() * TensorEntry.ElementBytes(Type);

    /// <summary>Writes its bytes, row by row. The rounded values live no longer.</summary>
    public void Write(Stream output)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsTensor.Of(Name, Value.detach().to(Type)).Write(output);
    }
}
