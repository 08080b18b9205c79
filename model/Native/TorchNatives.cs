using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>
/// Finds TorchSharp's native libraries: in <c>libtorch/</c> beside the program, or in the libtorch
/// folder that the environment variable <c>VISUALCHAT_LIBTORCH</c> names (a CUDA build, say, or a
/// Python package's <c>torch/lib</c>).
/// </summary>
/// <remarks>
/// <para>
/// The runtime does not probe these folders, so it asks here, and exactly one libtorch is loaded.
/// </para>
/// <para>
/// TorchSharp's own library is built against libstdc++ of GCC 13. Debian 12 and Ubuntu 22.04 have
/// an older one and refuse it. The library is then loaded from a copy whose requirement is weak
/// (<see cref="VersionRequirement"/>), made once in the user's cache. Where the library loads as it
/// is, nothing is written.
/// </para>
/// </remarks>
public static partial class TorchNatives
{
    /// <summary>
    /// Names a libtorch folder: the one that holds <c>libtorch.so</c>, or its parent.
    /// </summary>
    internal const string FolderVariable = "VISUALCHAT_LIBTORCH";

    private const string Bridge = "LibTorchSharp";
    private const string BridgeFile = "libLibTorchSharp.so";
    private const string NewestRequirement = "GLIBCXX_3.4.32";

    private static int Registered;

    private static string BundledFolder => Path.Combine(AppContext.BaseDirectory, "libtorch");

    // A build with TorchBackend=cuda keeps its natives where the runtime probes for them.
    private static bool IsBundled => File.Exists(Path.Combine(BundledFolder, BridgeFile));

    private static string? NamedFolder =>
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : null;

    /// <summary>
    /// Starts answering TorchSharp's requests for its natives. Runs by itself when this assembly is
    /// first used; costs an event handler.
    /// </summary>
#pragma warning disable CA2255 // A program must not have to remember a call before its first tensor.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        if (Interlocked.Exchange(ref Registered, 1) != 0)
            return;
        LetWaitingThreadsSleep();
        AssemblyLoadContext.GetLoadContext(typeof(TorchNatives).Assembly)!.ResolvingUnmanagedDll += Resolve;
    }

    /// <summary>
    /// Makes sure that the natives load. Call it before TorchSharp is first used: TorchSharp hides
    /// why they do not load, and looks for others to copy.
    /// </summary>
    /// <exception cref="ModelException">
    /// They do not load, or <c>VISUALCHAT_LIBTORCH</c> names a folder that does not fit. The
    /// message says why, and what to do.
    /// </exception>
    public static void EnsureLoadable()
    {
        if (!IsBundled)
        {
            if (NamedFolder is null)
                return;
            throw new ModelException(
                $"{FolderVariable} is set, but this program was built with TorchBackend=cuda and has a libtorch "
                + "of its own. Unset the variable.");
        }

        try
        {
            _ = Resolve(typeof(TorchNatives).Assembly, "torch_cpu");
            _ = Resolve(typeof(TorchNatives).Assembly, Bridge);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException
            or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"libtorch cannot be loaded from '{Folder()}': {exception.Message}", exception);
        }
    }

    // At the end of every loop, libgomp's threads spin for milliseconds until the last one is done.
    // If a core is short (a compiler runs, or a second training), the thread that lacks it waits
    // for those that spin: a small model's steps were seen to take ten times as long. A few
    // microseconds of spinning bridge the gap to the next loop as well (docs/decisions/0008).
    // libgomp reads the variable when it is loaded. The user's own choice stays.
    private static void LetWaitingThreadsSleep()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = SetEnvironmentVariable("GOMP_SPINCOUNT", "3000", overwrite: 0);
    }

    // .NET's own environment is a copy, which native libraries do not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);

    private static string Folder() => NamedFolder is { } named ? LibtorchFolder.Find(named) : BundledFolder;

    private static nint Resolve(Assembly assembly, string name)
    {
        switch (name)
        {
            case "torch_cpu" or "torch_cuda" when File.Exists(Path.Combine(Folder(), $"lib{name}.so")):
                // libtorch.so names the libraries it was built with. Loaded first, they answer the
                // bridge's needs by name.
                _ = NativeLibrary.Load(Path.Combine(Folder(), "libtorch.so"));
                return NativeLibrary.Load(Path.Combine(Folder(), $"lib{name}.so"));
            case Bridge:
                return LoadBridge(BridgePath());
            default:
                return 0;
        }
    }

    private static string BridgePath() => IsBundled
        ? Path.Combine(BundledFolder, BridgeFile)
        : Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", BridgeFile);

    private static nint LoadBridge(string path)
    {
        if (!File.Exists(path))
            return 0;
        return NativeLibrary.TryLoad(path, out nint library)
            ? library
            : NativeLibrary.Load(VersionRequirement.WeakenedCopy(path, NewestRequirement, CacheFolder()));
    }

    private static string CacheFolder()
    {
        string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "visualchat", "native");
    }
}
