using VisualChat.Gpu.Natives;
using VisualChat.Model.Native;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// Whether libtorch's files export what TorchSharp's bridge asks for, before either is loaded: a
/// function that is missing ends the process when it is called, data that is missing refuses the
/// load. The tables of virtual functions of the classes that the bridge derives from must have the
/// size that it was compiled with. Equal sizes do not prove equal layouts, so the next step calls
/// them.
/// </summary>
internal static class AbiStep
{
    private const string Step = "abi";

    private static readonly string[] Libraries =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    // Of libtorch 2.10, which the bridge was built against.
    private static readonly (string Table, string Of, long Bytes)[] VirtualTables =
    [
        ("_ZTVN5torch8autograd4NodeE", "Node", 120),
        ("_ZTVN3c1010TensorImplE", "TensorImpl", 272),
        ("_ZTVN3c1011StorageImplE", "StorageImpl", 64),
    ];

    // What model/Aten calls, then what another stream or NCCL would need.
    private static readonly string[] CFunctions =
    [
        "torch_call_dispatcher",
        "torch_new_list_reserve_size",
        "torch_list_push_back",
        "aoti_torch_new_tensor_handle",
        "aoti_torch_get_current_cuda_stream",
        "torch_get_cuda_stream_from_pool",
        "torch_set_current_cuda_stream",
        "torch_cuda_stream_synchronize",
        "aoti_torch_empty_strided_pinned",
        "ncclAllReduce",
    ];

    public static void Run(RunOptions options)
    {
        string folder = LibtorchFolder.Find(Environment.GetEnvironmentVariable(TorchNatives.FolderVariable) ?? "");
        Dictionary<string, long> defined = [];
        foreach (string path in Libraries.Select(file => Path.Combine(folder, file)).Where(File.Exists))
        {
            foreach ((string name, long bytes) in ElfFile.Read(path).Defined)
                defined[name] = bytes;
        }

        var bridge = ElfFile.Read(Path.Combine(AppContext.BaseDirectory, "libtorch", "libLibTorchSharp.so"));
        string[] missing = [.. bridge.Needed.Where(name => !defined.ContainsKey(name))];
        string[] refusing = [.. missing.Where(bridge.BoundAtLoad.Contains)];
        Text("libtorch", LibtorchFolder.VersionOf(folder) ?? "");
        Count("symbols that the bridge asks for", bridge.Needed.Count, most: null);
        Count("of them missing", missing.Length, most: 0);
        Count("of them missing and looked up when it is loaded", refusing.Length, most: 0);
        foreach (string name in missing)
            Console.Error.WriteLine($"missing: {name}");
        foreach ((string table, string of, long bytes) in VirtualTables)
        {
            options.Results.Add(new()
            {
                Step = Step,
                What = $"virtual functions of {of}",
                Value = defined.GetValueOrDefault(table),
                Unit = "bytes",
                AtLeast = bytes,
                AtMost = bytes,
            });
        }

        string[] lacking = [.. CFunctions.Where(name => !defined.ContainsKey(name))];
        Text("C functions not there", lacking.Length == 0 ? "none" : string.Join(", ", lacking));

        void Text(string what, string text) => options.Results.Add(new() { Step = Step, What = what, Text = text });

        void Count(string what, int count, double? most) =>
            options.Results.Add(new() { Step = Step, What = what, Value = count, AtMost = most });
    }
}
