using System.Runtime.InteropServices;

namespace VisualChat.Gpu.Natives;

/// <summary>
/// The CUDA runtime that libtorch has loaded, asked for what TorchSharp does not tell.
/// </summary>
internal static unsafe class CudaRuntime
{
    private static readonly Lazy<nint> Library = new(() => Handle("libcudart"));

    /// <summary>Its version; null without a GPU.</summary>
    public static string? Version
    {
        get
        {
            if (!TryFind(Library.Value, "cudaRuntimeGetVersion", out nint function))
                return null;
            int version;
            _ = ((delegate* unmanaged<int*, int>)function)(&version);
            return $"{version / 1000}.{version % 1000 / 10}";
        }
    }

    /// <summary>cuDNN's version; null where it is not loaded.</summary>
    public static string? CudnnVersion
    {
        get
        {
            if (!TryFind(Handle("libcudnn.so"), "cudnnGetVersion", out nint function))
                return null;
            ulong version = ((delegate* unmanaged<ulong>)function)();
            return $"{version / 10000}.{version / 100 % 100}.{version % 100}";
        }
    }

    /// <summary>Bytes of the card that are in use, whoever uses them; null without a GPU.</summary>
    public static long? BytesInUse
    {
        get
        {
            if (!TryFind(Library.Value, "cudaMemGetInfo", out nint function))
                return null;
            nuint free, total;
            int code = ((delegate* unmanaged<nuint*, nuint*, int>)function)(&free, &total);
            return code == 0 ? (long)(total - free) : null;
        }
    }

    private static nint Handle(string fileNameStart) =>
        LoadedLibraries.PathOf(fileNameStart) is { } path && NativeLibrary.TryLoad(path, out nint library)
            ? library
            : 0;

    private static bool TryFind(nint library, string name, out nint function)
    {
        function = 0;
        return library != 0 && NativeLibrary.TryGetExport(library, name, out function);
    }
}
