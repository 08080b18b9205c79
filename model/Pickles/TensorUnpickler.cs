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
    /// <summary>The longest pickle, in bytes. That of 10,000 tensors has 2 MB.</summary>
    public const int MaxBytes = 1 << 26;

    /// <summary>PyTorch's own limit.</summary>
    private const int MaxDimensions = 64;

    // What bounds the memory of a pickle that is made to fill it: an instruction adds at most one
    // value of some 100 bytes. A tensor takes 30 to 50.
    private const int MaxInstructions = 2_000_000;

    private static readonly object Mark = new();

    private readonly byte[] _program;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];
    private int _at;

    private TensorUnpickler(byte[] program, int start)
    {
        _program = program;
        _at = start;
    }

    /// <summary>The tensors by name. Other values are skipped.</summary>
    /// <exception cref="InvalidDataException">
    /// The pickle is cut off, or holds something else.
    /// </exception>
    public static IReadOnlyDictionary<string, PickledTensor> Read(byte[] program)
    {
        int start = 0;
        return Tensors(ReadNext(program, ref start));
    }

    /// <summary>
    /// One of several pickles that follow each other: dictionaries, lists and tuples of texts,
    /// numbers and tensors.
    /// </summary>
    /// <param name="program">The bytes.</param>
    /// <param name="start">Where it begins; then where it has ended.</param>
    /// <exception cref="InvalidDataException">
    /// The pickle is cut off, or holds something else.
    /// </exception>
    public static object? ReadNext(byte[] program, ref int start)
    {
        var reader = new TensorUnpickler(program, start);
        try
        {
            object? value = reader.Run();
            start = reader._at;
            return value;
        }
        catch (Exception exception) when (exception is ArgumentException or IndexOutOfRangeException
            or InvalidCastException or NullReferenceException or OverflowException)
        {
            throw new InvalidDataException("its pickle is cut off or damaged", exception);
        }
    }

    /// <summary>The tensors of a dictionary by name. Other values are skipped.</summary>
    /// <exception cref="InvalidDataException">It is not a dictionary of tensors.</exception>
    public static IReadOnlyDictionary<string, PickledTensor> Tensors(object? value)
    {
        if (value is not Dictionary<string, object?> root)
            throw new InvalidDataException("its pickle is not a dictionary of tensors");
        var tensors = new Dictionary<string, PickledTensor>();
        foreach ((string name, object? item) in root)
        {
            if (item is PickledTensor tensor)
                tensors.Add(name, tensor);
        }

        string? inner = tensors.Count > 0
            ? null
            : root.FirstOrDefault(item => item.Value is Dictionary<string, object?> values
                && values.Values.Any(value => value is PickledTensor)).Key;
        return inner is null
            ? tensors
            : throw new InvalidDataException(
                $"its tensors are one level down, under '{inner}'; save that dictionary alone");
    }

    private object? Run()
    {
        for (int count = 0; ; count++)
        {
            if (count == MaxInstructions)
                throw new InvalidDataException($"its pickle has more than {MaxInstructions:N0} instructions");
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
                    _stack.Add(new Dictionary<string, object?>());
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
                    _stack.Add(Integer(Take(Take(1)[0])));
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
                    if (Peek() is not Dictionary<string, object?>)
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
                return new Dictionary<string, object?>();
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

    // ("storage", type, key, location, elements); before PyTorch 1.6 also a view, which is null.
    private static PickledStorage Storage(object?[] id) =>
        id is ["storage", Global { Kind: GlobalKind.Storage } type, string key, _, long elements, .. var view]
        && view is ([] or [null])
            ? new PickledStorage(type.Type, key, elements)
            : throw new InvalidDataException("its pickle refers to something that is not a storage");

    // A number of more than 64 bits is no size or place. Its value is not used.
    private static long Integer(ReadOnlySpan<byte> bytes)
    {
        var value = new BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : long.MinValue;
    }

    private static long[] Sizes(object? tuple)
    {
        var sizes = (object?[])tuple!;
        return sizes.Length <= MaxDimensions
            ? [.. sizes.Select(size => (long)size!)]
            : throw new InvalidDataException($"a pickled tensor has {sizes.Length} dimensions");
    }

    private static void Set(object?[] items, object? target)
    {
        var dictionary = (Dictionary<string, object?>)target!;
        for (int index = 0; index + 1 < items.Length; index += 2)
        {
            // Tensors are named by texts; what a number names (an optimizer's state) is not kept.
            if (items[index] is string name)
                dictionary[name] = items[index + 1];
        }
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
