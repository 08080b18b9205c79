using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using static TorchSharp.torch;

namespace VisualChat.Model.Pickles;

/// <summary>
/// Writes the pickle inside a PyTorch checkpoint: one dictionary of tensors by name, which
/// <see cref="TensorUnpickler"/> and <c>torch.load</c> read, also with <c>weights_only</c>.
/// Instructions: CPython's <c>pickletools</c>, protocol 2, as PyTorch writes.
/// </summary>
internal sealed class TensorPickler
{
    private const byte Mark = (byte)'(', Tuple = (byte)'t';

    private readonly ArrayBufferWriter<byte> _program = new();

    private TensorPickler()
    {
    }

    /// <summary>The program that makes the dictionary, in the order given.</summary>
    /// <exception cref="ArgumentException">A type has no storage in PyTorch's files.</exception>
    public static byte[] Write(IEnumerable<(string Name, PickledTensor Tensor)> tensors)
    {
        var pickler = new TensorPickler();
        pickler.Code(0x80, 2, (byte)'}', Mark); // PROTO, EMPTY_DICT
        foreach ((string name, PickledTensor tensor) in tensors)
        {
            pickler.Text(name);
            pickler.Tensor(tensor);
        }

        pickler.Code((byte)'u', (byte)'.'); // SETITEMS, STOP
        return pickler._program.WrittenSpan.ToArray();
    }

    // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)
    private void Tensor(PickledTensor tensor)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Code(Mark);
        Storage(tensor.Storage);
        Integer(tensor.Offset);
        Integers(tensor.Shape);
        Integers(tensor.Strides);
        Code(0x89); // NEWFALSE
        Global("collections", "OrderedDict");
        Code((byte)')', (byte)'R', Tuple, (byte)'R'); // EMPTY_TUPLE, REDUCE
    }

    // ("storage", type, key, location, elements)
    private void Storage(PickledStorage storage)
    {
        Code(Mark);
        Text("storage");
        Global("torch", StorageOf(storage.Type));
        Text(storage.Key);
        Text("cpu");
        Integer(storage.Elements);
        Code(Tuple, (byte)'Q'); // BINPERSID
    }

    private void Integers(IEnumerable<long> values)
    {
        Code(Mark);
        foreach (long value in values)
            Integer(value);
        Code(Tuple);
    }

    private void Integer(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            Code((byte)'J'); // BININT
            _program.Write(bytes[..sizeof(int)]);
        }
        else
        {
            Code(0x8a, sizeof(long)); // LONG1
            _program.Write(bytes);
        }
    }

    private void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Code((byte)'X'); // BINUNICODE
        _program.Write(length);
        _program.Write(bytes);
    }

    private void Global(string module, string name)
    {
        Code((byte)'c');
        _program.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    }

    private void Code(params ReadOnlySpan<byte> codes) => _program.Write(codes);

    private static string StorageOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => "DoubleStorage",
        ScalarType.Float32 => "FloatStorage",
        ScalarType.Float16 => "HalfStorage",
        ScalarType.BFloat16 => "BFloat16Storage",
        _ => throw new ArgumentException($"A tensor of {type} is no weight.", nameof(type)),
    };
}
