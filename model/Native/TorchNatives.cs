using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>
/// Where TorchSharp's native libraries come from: <c>libtorch/</c> beside the program, or the libtorch that the environment variable
/// <c>VISUALCHAT_LIBTORCH</c> names (a CUDA one, say, or a Python package's <c>torch/lib</c>). They lie where the runtime does not probe,
/// so that it asks here, and one libtorch is loaded, never two.
/// </summary>
/// <remarks>
/// TorchSharp's own library is built against libstdc++ of GCC 13; Debian 12 and Ubuntu 22.04 have an older one, and refuse it. It is then
/// loaded from a copy whose demand is weak (<see cref="VersionRequirement"/>), made once in the user's cache. Where the library loads as
/// it is, nothing is written.
/// </remarks>
public static partial class TorchNatives
{
    /// <summary>The environment variable that names a libtorch folder: the one that holds <c>libtorch.so</c>, or its parent.</summary>
    public const string FolderVariable = "VISUALCHAT_LIBTORCH";

    private const string Bridge = "LibTorchSharp";
    private const string BridgeFile = "libLibTorchSharp.so";
    private const string NewestDemand = "GLIBCXX_3.4.32";

    private static int Registered;

    /// <summary>Answers TorchSharp's requests for its natives from now on. Runs by itself when this assembly is first used; costs an event handler.</summary>
#pragma warning disable CA2255 // No program that uses the model may have to remember a call before its first tensor.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Register()
    {
        if (Interlocked.Exchange(ref Registered, 1) != 0)
            return;
        LetWaitingThreadsSleep();
        AssemblyLoadContext.GetLoadContext(typeof(TorchNatives).Assembly)!.ResolvingUnmanagedDll += Resolve;
    }

    // libgomp's threads spin for milliseconds at the end of every loop until the last is done. With a core short (a compiler, a second training), the one that
    // lacks it waits for those that spin: a small model's steps were seen to take ten times as long. A few microseconds bridge the gap to the next
    // loop as well (docs/decisions/0008). Read by libgomp when it is loaded; the user's own choice stays.
    private static void LetWaitingThreadsSleep()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = SetEnvironmentVariable("GOMP_SPINCOUNT", "3000", overwrite: 0);
    }

    // .NET's own environment is a copy, which native libraries do not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);

    /// <summary>
    /// Makes sure that the natives load. To be called before TorchSharp is first used: TorchSharp passes over why they do not, and looks for
    /// others to copy.
    /// </summary>
    /// <exception cref="ModelException">They do not load, or <c>VISUALCHAT_LIBTORCH</c> names no folder that fits: why, and what to do.</exception>
    public static void EnsureLoadable()
    {
        if (!IsBundled)
        {
            if (NamedFolder is not null)
                throw new ModelException($"{FolderVariable} is set, but this program was built with TorchBackend=cuda and has a libtorch of its own. Unset the variable.");
            return;
        }

        try
        {
            _ = Resolve(typeof(TorchNatives).Assembly, "torch_cpu");
            _ = Resolve(typeof(TorchNatives).Assembly, Bridge);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"libtorch cannot be loaded from '{Folder()}': {exception.Message}", exception);
        }
    }

    private static string BundledFolder => Path.Combine(AppContext.BaseDirectory, "libtorch");

    // A build with TorchBackend=cuda keeps its natives where the runtime probes for them.
    private static bool IsBundled => File.Exists(Path.Combine(BundledFolder, BridgeFile));

    private static string? NamedFolder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : null;

    private static string Folder() => NamedFolder is { } named ? LibtorchFolder.Find(named) : BundledFolder;

    private static nint Resolve(Assembly assembly, string name)
    {
        switch (name)
        {
            case "torch_cpu" or "torch_cuda" when File.Exists(Path.Combine(Folder(), $"lib{name}.so")):
                // libtorch.so names the libraries it was built with; loaded first, they answer the bridge's needs by name.
                _ = NativeLibrary.Load(Path.Combine(Folder(), "libtorch.so"));
                return NativeLibrary.Load(Path.Combine(Folder(), $"lib{name}.so"));
            case Bridge:
                return LoadBridge(IsBundled ? Path.Combine(BundledFolder, BridgeFile) : Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", BridgeFile));
            default:
                return 0;
        }
    }

    private static nint LoadBridge(string path)
    {
        if (!File.Exists(path))
            return 0;
        if (NativeLibrary.TryLoad(path, out nint library))
            return library;
        return NativeLibrary.Load(VersionRequirement.WeakenedCopy(path, NewestDemand, CacheFolder()));
    }

    private static string CacheFolder() => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } data ? data : Path.GetTempPath(), "visualchat", "native");
}
