using System.Runtime.InteropServices;

namespace VisualChat.Model.Aten;

/// <summary>
/// libtorch's stable C interface, as far as it is used here: any operator of ATen by its name, with
/// gradients recorded. It exists from libtorch 2.10 on (torch/csrc/stable/c/shim.h).
/// </summary>
/// <remarks>
/// A TorchSharp tensor's handle is a pointer to an <c>at::Tensor</c>, and so is a handle here. All
/// functions return 0, or another number where they caught a C++ exception. They print its text on
/// standard error.
/// </remarks>
internal static unsafe partial class AtenLibrary
{
    /// <summary>The version of the interface the calls are written for: 2.10.0.</summary>
    public const ulong Version = 0x020A_0000_0000_0000;

    private const string Torch = "torch_cpu";

    private static readonly Lazy<bool> Found = new(HasDispatcher);

    /// <summary>Whether the loaded libtorch has the interface. An older one has not.</summary>
    public static bool IsAvailable => Found.Value;

    [LibraryImport(Torch, EntryPoint = "torch_call_dispatcher")]
    public static partial int Call(byte* name, byte* overload, ulong* stack, ulong version);

    [LibraryImport(Torch, EntryPoint = "aoti_torch_new_tensor_handle")]
    public static partial int NewHandle(nint tensor, out nint handle);

    [LibraryImport(Torch, EntryPoint = "torch_new_list_reserve_size")]
    public static partial int NewList(nuint count, out nint list);

    [LibraryImport(Torch, EntryPoint = "torch_list_push_back")]
    public static partial int Append(nint list, ulong value);

    /// <summary>
    /// C++'s <c>operator new</c>: libtorch frees an optional argument with <c>operator delete</c>.
    /// </summary>
    [LibraryImport("libstdc++.so.6", EntryPoint = "_Znwm")]
    public static partial ulong* New(nuint bytes);

    private static bool HasDispatcher() =>
        NativeLibrary.TryLoad(Torch, typeof(AtenLibrary).Assembly, searchPath: null, out nint library)
        && NativeLibrary.TryGetExport(library, "torch_call_dispatcher", out _)
        && NativeLibrary.TryGetExport(library, "torch_new_list_reserve_size", out _);
}
