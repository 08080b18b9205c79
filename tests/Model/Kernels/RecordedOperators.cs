using System.Runtime.InteropServices;
using VisualChat.Model.Aten;

namespace VisualChat.Model.Tests.Kernels;

/// <summary>
/// The operators that libtorch executes on this thread while an action runs: its own record of
/// calls (<c>at::RecordFunction</c>, what its profiler reads), backward passes included, since a
/// CPU's run on the thread that asks for them.
/// </summary>
/// <remarks>
/// An operator is a kernel if no operator below it is one, and it does more than look at a tensor
/// in another way or make room. What a GPU computes in one kernel and a CPU puts together counts
/// once. An operator that is not known here counts as a kernel.
/// </remarks>
internal sealed class RecordedOperators
{
    // at::RecordFunction is known by its address alone; its functions are exported under their
    // mangled names.
    private const string Add = "_ZN2at22addThreadLocalCallbackENS_22RecordFunctionCallbackE";
    private const string Remove = "_ZN2at14removeCallbackEm";
    private const string Name = "_ZNK2at14RecordFunction4nameEv";
    private const string Namespace = "aten::";

    private static readonly HashSet<string> Views =
    [
        "_conj", "_fused_sdp_choice", "_reshape_alias", "_unsafe_view", "alias", "as_strided", "as_strided_", "chunk",
        "contiguous", "detach", "detach_", "expand", "expand_as", "flatten", "lift_fresh", "linear", "matmul", "narrow",
        "permute", "reshape", "resolve_conj", "resolve_neg", "result_type", "select", "slice", "split",
        "split_with_sizes", "squeeze", "t", "to", "transpose", "type_as", "unbind", "unflatten", "unfold", "unsqueeze",
        "view", "view_as",
    ];

    private static readonly HashSet<string> Rooms =
    [
        "empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "resize_", "set_", "pin_memory",
    ];

    // One kernel on a GPU, whatever a CPU makes of it.
    private static readonly HashSet<string> Whole =
    [
        "_fused_rms_norm", "native_layer_norm", "native_layer_norm_backward",
        "_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention_for_cpu_backward",
    ];

    private readonly List<string> _kernels = [];
    private readonly List<string> _others = [];
    private readonly Stack<(string Name, bool IsOperator, bool HasKernel)> _open = [];

    private RecordedOperators()
    {
    }

    private delegate nint StartCallback(nint result, nint function);

    private delegate void EndCallback(nint function, nint context);

    private delegate ulong AddCallback(Callback callback);

    private delegate void RemoveCallback(ulong handle);

    private delegate nint NameOf(nint function);

    /// <summary>The kernels in the order they ended in, without <c>aten::</c>.</summary>
    public IReadOnlyList<string> Kernels => _kernels;

    /// <summary>Views and room for tensors, which start nothing on a device.</summary>
    public IReadOnlyList<string> Others => _others;

    /// <summary>Runs an action and records what it executes.</summary>
    public static RecordedOperators Of(Action action)
    {
        var recorded = new RecordedOperators();
        nint torch = NativeLibrary.Load("torch_cpu", typeof(AtenLibrary).Assembly, searchPath: null);
        NameOf name = Function<NameOf>(torch, Name);
        StartCallback start = (result, function) =>
        {
            recorded.Begin(Marshal.PtrToStringUTF8(name(function)) ?? "");
            Marshal.WriteIntPtr(result, 0); // A null std::unique_ptr, returned by a hidden pointer.
            return result;
        };
        EndCallback end = (_, _) => recorded.End();
        ulong handle = Function<AddCallback>(torch, Add)(new Callback
        {
            Start = Marshal.GetFunctionPointerForDelegate(start),
            End = Marshal.GetFunctionPointerForDelegate(end),
            SamplingProbability = 1,
            FirstScopes = 1, // RecordScope::FUNCTION: operators, not nodes of the backward pass.
        });
        try
        {
            action();
        }
        finally
        {
            Function<RemoveCallback>(torch, Remove)(handle);
            GC.KeepAlive(start);
            GC.KeepAlive(end);
        }

        return recorded;
    }

    private static T Function<T>(nint library, string name) where T : Delegate =>
        Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    // A node of the backward pass is recorded too, and is no operator itself.
    private void Begin(string name)
    {
        bool isOperator = name.StartsWith(Namespace, StringComparison.Ordinal);
        _open.Push((isOperator ? name[Namespace.Length..] : name, isOperator, false));
    }

    private void End()
    {
        (string name, bool isOperator, bool hasKernel) = _open.Pop();
        if (_open.Any(outer => Whole.Contains(outer.Name)))
            return;
        bool isOther = Views.Contains(name) || Rooms.Contains(name);
        bool isKernel = isOperator && (Whole.Contains(name) || (!hasKernel && !isOther));
        if (isKernel)
            _kernels.Add(name);
        else if (isOther && !hasKernel)
            _others.Add(name);
        if ((isKernel || hasKernel) && _open.TryPop(out (string Name, bool IsOperator, bool) outer))
            _open.Push((outer.Name, outer.IsOperator, true));
    }

    /// <summary>
    /// <c>at::RecordFunctionCallback</c> of libtorch 2.10 (ATen/record_function.h), passed by
    /// value.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Callback
    {
        public nint Start;
        public nint End;
        public double SamplingProbability;
        public ulong FirstScopes;
        public ulong LastScopesAndNeeds;
    }
}
