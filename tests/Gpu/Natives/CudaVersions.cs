using System.Runtime.InteropServices;

namespace VisualChat.Gpu.Natives;

/// <summary>The versions of the CUDA libraries that libtorch has loaded.</summary>
internal static unsafe class CudaVersions
{
    /// <summary>The runtime's version; null without a GPU.</summary>
    public static string? Runtime
    {
        get
        {
            if (!TryFind(Handle("libcudart"), "cudaRuntimeGetVersion", out nint function))
                return null;
            int version;
            _ = ((delegate* unmanaged<int*, int>)function)(&version);
            return $"{version / 1000}.{version % 1000 / 10}";
        }
    }

    /// <summary>cuDNN's version; null where it is not loaded.</summary>
    public static string? Cudnn
    {
        get
        {
            if (!TryFind(Handle("libcudnn.so"), "cudnnGetVersion", out nint function))
                return null;
            ulong version = ((delegate* unmanaged<ulong>)function)();
            return $"{version / 10000}.{version / 100 % 100}.{version % 100}";
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
