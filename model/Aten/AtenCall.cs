using System.Runtime.CompilerServices;
using System.Text;
using static TorchSharp.torch;

namespace VisualChat.Model.Aten;

/// <summary>
/// One call of an operator: its arguments in the order of its schema, then its results.
/// </summary>
/// <remarks>
/// The operator consumes the arguments, so each is a handle of its own to the same tensor. A call
/// costs a few microseconds. If an argument cannot be made, those before it are lost: that happens
/// only when memory is at its end.
/// </remarks>
internal unsafe ref struct AtenCall
{
    private Stack _stack;
    private int _count;

    public void Add(Tensor tensor) => Push((ulong)HandleOf(tensor));

    public void Add(bool value) => Push(value ? 1UL : 0);

    public void Add(double value) => Push(BitConverter.DoubleToUInt64Bits(value));

    public void AddOptional(Tensor? tensor) => Push(tensor is null ? 0 : Optional((ulong)HandleOf(tensor)));

    public void AddOptional(double? value) =>
        Push(value is null ? 0 : Optional(BitConverter.DoubleToUInt64Bits(value.Value)));

    public void Add(scoped ReadOnlySpan<long> values)
    {
        Check(AtenLibrary.NewList((nuint)values.Length, out nint list), "torch_new_list_reserve_size"u8);
        foreach (long value in values)
            Check(AtenLibrary.Append(list, (ulong)value), "torch_list_push_back"u8);
        Push((ulong)list);
    }

    /// <summary>Calls the operator. Its results take the place of the arguments.</summary>
    /// <param name="name">
    /// The name with its namespace; a UTF-8 literal, which ends with a zero.
    /// </param>
    /// <param name="like">A tensor of the result's size.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">
    /// There is no memory for the result.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The operator is not there, or it refused the arguments. libtorch prints why on standard
    /// error.
    /// </exception>
    public void Run(ReadOnlySpan<byte> name, Tensor like)
    {
        int code;
        fixed (byte* operatorName = name)
        fixed (byte* overload = "\0"u8)
        fixed (ulong* stack = (Span<ulong>)_stack)
            code = AtenLibrary.Call(operatorName, overload, stack, AtenLibrary.Version);

        // libtorch 2.10 tells no reason by this way. If it is memory, this asks for some in vain,
        // and throws what says so.
        if (code != 0)
            empty_like(like).Dispose();
        Check(code, name);
    }

    /// <summary>A tensor that the operator returned. Each result must be taken once.</summary>
    public readonly Tensor Take(int index) => Tensor.UnsafeCreateTensor((nint)_stack[index]);

    private static nint HandleOf(Tensor tensor)
    {
        Check(AtenLibrary.NewHandle(tensor.Handle, out nint handle), "aoti_torch_new_tensor_handle"u8);
        GC.KeepAlive(tensor);
        return handle;
    }

    private static ulong Optional(ulong value)
    {
        ulong* held = AtenLibrary.New(sizeof(ulong));
        *held = value;
        return (ulong)held;
    }

    private static void Check(int code, ReadOnlySpan<byte> name)
    {
        if (code != 0)
        {
            throw new InvalidOperationException(
                $"libtorch refused {Encoding.UTF8.GetString(name)}. The lines above say why.");
        }
    }

    private void Push(ulong value) => _stack[_count++] = value;

    /// <summary>
    /// Room for the arguments of the longest schema used (scaled_dot_product_attention).
    /// </summary>
    [InlineArray(8)]
    private struct Stack
    {
        private ulong _first;
    }
}
