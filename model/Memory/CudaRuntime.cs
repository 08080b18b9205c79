using System.Runtime.InteropServices;

namespace VisualChat.Model.Memory;

/// <summary>
/// The CUDA runtime that libtorch brought. TorchSharp does not ask a GPU for its memory.
/// </summary>
/// <remarks>
/// Its file's name differs: <c>libcudart.so.13</c>, or with a hash where it comes in a package. So
/// it is looked for among the libraries that are loaded, and then beside them. Asking costs tens of
/// microseconds, the first time a second: the GPU's context is made.
/// </remarks>
internal static class CudaRuntime
{
    private const int Success = 0;
    private const StringComparison Ordinal = StringComparison.Ordinal;

    private delegate int GetDevice(out int gpu);

    private delegate int SetDevice(int gpu);

    private delegate int MemGetInfo(out nuint free, out nuint total);

    private static readonly Lazy<nint> Library = new(Find);

    /// <summary>A GPU's memory; null if there is no runtime, or it does not say.</summary>
    /// <param name="gpu">Its number, from 0.</param>
    public static FreeMemory? Memory(int gpu)
    {
        if (Export<GetDevice>("cudaGetDevice") is not { } getDevice
            || Export<SetDevice>("cudaSetDevice") is not { } setDevice
            || Export<MemGetInfo>("cudaMemGetInfo") is not { } memGetInfo
            || getDevice(out int current) != Success
            || setDevice(gpu) != Success)
        {
            return null;
        }

        bool isTold = memGetInfo(out nuint free, out nuint total) == Success;
        _ = setDevice(current);
        return isTold ? new FreeMemory((long)free, (long)total) : null;
    }

    /// <summary>The runtime's file among loaded libraries, or beside one of libtorch's.</summary>
    /// <param name="loaded">Paths of the libraries that are loaded.</param>
    internal static string? FileAmong(IEnumerable<string> loaded)
    {
        string[] files = [.. loaded];
        if (Array.Find(files, IsRuntime) is { } runtime)
            return runtime;
        string? libtorch = Array.Find(files, file => Path.GetFileName(file).StartsWith("libtorch_cuda", Ordinal));
        string? folder = Path.GetDirectoryName(libtorch);
        return folder is null || !Directory.Exists(folder)
            ? null
            : Directory.EnumerateFiles(folder, "libcudart*").Order(StringComparer.Ordinal).FirstOrDefault(IsRuntime);
    }

    private static bool IsRuntime(string path) =>
        Path.GetFileName(path) is { } name && name.StartsWith("libcudart", Ordinal) && name.Contains(".so", Ordinal);

    private static nint Find()
    {
        const string Maps = "/proc/self/maps";
        if (!File.Exists(Maps))
            return 0;
        IEnumerable<string> loaded = File.ReadLines(Maps)
            .Select(line => line.IndexOf('/', Ordinal) is >= 0 and var start ? line[start..] : "")
            .Where(path => path.Length > 0)
            .Distinct();
        return FileAmong(loaded) is { } file && NativeLibrary.TryLoad(file, out nint library) ? library : 0;
    }

    private static T? Export<T>(string name)
        where T : Delegate =>
        Library.Value != 0 && NativeLibrary.TryGetExport(Library.Value, name, out nint address)
            ? Marshal.GetDelegateForFunctionPointer<T>(address)
            : null;
}
