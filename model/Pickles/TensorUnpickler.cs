using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using static TorchSharp.torch;

namespace VisualChat.Model.Pickles;

/// <summary>
/// Reads the pickle inside a PyTorch checkpoint: dictionaries of tensors by name, and nothing else.
/// </summary>
/// <remarks>
/// A pickle is a program. This interpreter has only the instructions that such files use. It calls
/// nothing but its own versions of <c>OrderedDict</c> and of PyTorch's two functions that rebuild a
/// tensor, and refuses every other function by name. Instructions: CPython's <c>pickletools</c>.
/// </remarks>
internal sealed class TensorUnpickler
{
    private const int MaxDepth = 1_000_000;

    private static readonly object Mark = new();

    private readonly byte[] _program;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];
    private int _at;

    private TensorUnpickler(byte[] program) => _program = program;

    /// <summary>The tensors by name. Other values are skipped.</summary>
    /// <exception cref="InvalidDataException">
    /// The pickle is cut off, or holds something else.
    /// </exception>
    public static IReadOnlyDictionary<string, PickledTensor> Read(byte[] program)
    {
        try
        {
            return new TensorUnpickler(program).Run() is Dictionary<object, object?> root
                ? Tensors(root)
                : throw new InvalidDataException("its pickle is not a dictionary of tensors");
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or IndexOutOfRangeException
            or InvalidCastException or NullReferenceException or ArgumentNullException or OverflowException)
        {
            throw new InvalidDataException("its pickle is cut off or damaged", exception);
        }
    }

    private static Dictionary<string, PickledTensor> Tensors(Dictionary<object, object?> root) =>
        root.Where(item => item is { Key: string, Value: PickledTensor })
            .ToDictionary(item => (string)item.Key, item => (PickledTensor)item.Value!);

    private object? Run()
    {
        while (true)
        {
            if (_stack.Count > MaxDepth)
                throw new InvalidDataException("its pickle is too deep");
            byte code = _program[_at++];
            switch (code)
            {
                case 0x80: // PROTO
                    _at++;
                    break;
                case 0x95: // FRAME
                    _at += 8;
                    break;
                case (byte)'.': // STOP
                    return Pop();
                case (byte)'(': // MARK
                    _stack.Add(Mark);
                    break;
                case (byte)'}': // EMPTY_DICT
                    _stack.Add(new Dictionary<object, object?>());
                    break;
                case (byte)']': // EMPTY_LIST
                    _stack.Add(new List<object?>());
                    break;
                case (byte)')': // EMPTY_TUPLE
                    _stack.Add(Array.Empty<object?>());
                    break;
                case (byte)'t': // TUPLE
                    _stack.Add(PopToMark());
                    break;
                case 0x85 or 0x86 or 0x87: // TUPLE1, TUPLE2, TUPLE3
                    _stack.Add(PopMany(code - 0x84));
                    break;
                case (byte)'N': // NONE
                    _stack.Add(null);
                    break;
                case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                    _stack.Add(code == 0x88);
                    break;
                case (byte)'K': // BININT1
                    _stack.Add((long)Take(1)[0]);
                    break;
                case (byte)'M': // BININT2
                    _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                    break;
                case (byte)'J': // BININT
                    _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                    break;
                case 0x8a: // LONG1
                    _stack.Add((long)new BigInteger(Take(Take(1)[0])));
                    break;
                case (byte)'G': // BINFLOAT
                    _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                    break;
                case (byte)'X': // BINUNICODE
                    _stack.Add(Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))));
                    break;
                case 0x8c: // SHORT_BINUNICODE
                    _stack.Add(Encoding.UTF8.GetString(Take(Take(1)[0])));
                    break;
                case (byte)'q': // BINPUT
                    _memo[Take(1)[0]] = _stack[^1];
                    break;
                case (byte)'r': // LONG_BINPUT
                    _memo[BinaryPrimitives.ReadInt32LittleEndian(Take(4))] = _stack[^1];
                    break;
                case 0x94: // MEMOIZE
                    _memo[_memo.Count] = _stack[^1];
                    break;
                case (byte)'h': // BINGET
                    _stack.Add(Recall(Take(1)[0]));
                    break;
                case (byte)'j': // LONG_BINGET
                    _stack.Add(Recall(BinaryPrimitives.ReadInt32LittleEndian(Take(4))));
                    break;
                case (byte)'s': // SETITEM
                    Set(PopMany(2), Peek());
                    break;
                case (byte)'u': // SETITEMS
                    Set(PopToMark(), Peek());
                    break;
                case (byte)'a': // APPEND
                    object? item = Pop();
                    ((List<object?>)Peek()!).Add(item);
                    break;
                case (byte)'e': // APPENDS
                    object?[] items = PopToMark();
                    ((List<object?>)Peek()!).AddRange(items);
                    break;
                case (byte)'c': // GLOBAL
                    _stack.Add(GlobalOf($"{Line()}.{Line()}"));
                    break;
                case 0x93: // STACK_GLOBAL
                    object?[] path = PopMany(2);
                    _stack.Add(GlobalOf($"{(string)path[0]!}.{(string)path[1]!}"));
                    break;
                case (byte)'Q': // BINPERSID
                    _stack.Add(Storage((object?[])Pop()!));
                    break;
                case (byte)'R': // REDUCE
                    object?[] call = PopMany(2);
                    _stack.Add(Call((Global)call[0]!, (object?[])call[1]!));
                    break;
                case (byte)'b': // BUILD: a dictionary's attributes, which name module versions
                    _ = Pop();
                    if (Peek() is not Dictionary<object, object?>)
                    {
                        throw new InvalidDataException(
                            "its pickle gives attributes to something that is not a dictionary");
                    }

                    break;
                default:
                    throw new InvalidDataException(
                        $"its pickle has the instruction 0x{code:x2}, which a file of tensors does not need");
            }
        }
    }

    private static Global GlobalOf(string name) => name switch
    {
        "collections.OrderedDict" => new Global(GlobalKind.Dictionary, default),
        "torch._utils._rebuild_tensor_v2" => new Global(GlobalKind.Tensor, default),
        "torch._utils._rebuild_parameter" => new Global(GlobalKind.Parameter, default),
        "torch.DoubleStorage" => new Global(GlobalKind.Storage, ScalarType.Float64),
        "torch.FloatStorage" => new Global(GlobalKind.Storage, ScalarType.Float32),
        "torch.HalfStorage" => new Global(GlobalKind.Storage, ScalarType.Float16),
        "torch.BFloat16Storage" => new Global(GlobalKind.Storage, ScalarType.BFloat16),
        "torch.LongStorage" => new Global(GlobalKind.Storage, ScalarType.Int64),
        "torch.IntStorage" => new Global(GlobalKind.Storage, ScalarType.Int32),
        "torch.ShortStorage" => new Global(GlobalKind.Storage, ScalarType.Int16),
        "torch.CharStorage" => new Global(GlobalKind.Storage, ScalarType.Int8),
        "torch.ByteStorage" => new Global(GlobalKind.Storage, ScalarType.Byte),
        "torch.BoolStorage" => new Global(GlobalKind.Storage, ScalarType.Bool),
        _ => throw new InvalidDataException(
            $"its pickle asks for '{name}', which a file of tensors does not need; it is refused"),
    };

    private static object? Call(Global function, object?[] arguments)
    {
        switch (function.Kind)
        {
            case GlobalKind.Dictionary when arguments.Length == 0:
                return new Dictionary<object, object?>();
            case GlobalKind.Tensor:
                long[] shape = Sizes(arguments[2]), strides = Sizes(arguments[3]);
                if (shape.Length != strides.Length)
                    throw new InvalidDataException("a pickled tensor has sizes and strides of different length");
                return new PickledTensor((PickledStorage)arguments[0]!, (long)arguments[1]!, shape, strides);
            case GlobalKind.Parameter:
                return (PickledTensor)arguments[0]!;
            default:
                throw new InvalidDataException(
                    "its pickle calls something that is not a function of a tensor file");
        }
    }

    // ("storage", type, key, location, elements)
    private static PickledStorage Storage(object?[] id) =>
        id is ["storage", Global { Kind: GlobalKind.Storage } type, string key, _, long elements]
            ? new PickledStorage(type.Type, key, elements)
            : throw new InvalidDataException("its pickle refers to something that is not a storage");

    private static long[] Sizes(object? tuple) => [.. ((object?[])tuple!).Select(size => (long)size!)];

    private static void Set(object?[] items, object? target)
    {
        var dictionary = (Dictionary<object, object?>)target!;
        for (int index = 0; index + 1 < items.Length; index += 2)
            dictionary[items[index]!] = items[index + 1];
    }

    private object? Recall(int index) => _memo.TryGetValue(index, out object? value)
        ? value
        : throw new InvalidDataException("its pickle recalls a value it never stored");

    private string Line()
    {
        int end = Array.IndexOf(_program, (byte)'\n', _at);
        string line = Encoding.UTF8.GetString(_program.AsSpan(_at, end - _at));
        _at = end + 1;
        return line;
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        ReadOnlySpan<byte> taken = _program.AsSpan(_at, bytes);
        _at += bytes;
        return taken;
    }

    private object? Peek() => _stack[^1];

    private object? Pop()
    {
        object? top = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] PopMany(int count)
    {
        object?[] items = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        object?[] items = PopMany(_stack.Count - mark - 1);
        _ = Pop();
        return items;
    }

    private enum GlobalKind
    {
        Dictionary,
        Tensor,
        Parameter,
        Storage,
    }

    private sealed record Global(GlobalKind Kind, ScalarType Type);
}
