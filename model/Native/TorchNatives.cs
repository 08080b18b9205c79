using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>
/// Loads TorchSharp's native libraries: those in <c>libtorch/</c> beside the program, or libtorch
/// from the folder that the environment variable <c>VISUALCHAT_LIBTORCH</c> names (a CUDA build,
/// say, or a Python package's <c>torch/lib</c>).
/// </summary>
/// <remarks>
/// <para>
/// Each is loaded by its path, in the order of their needs, before TorchSharp runs. The loader
/// answers a need by name with what is loaded already. Were it to search, a libtorch of the
/// system's own, or one in <c>LD_LIBRARY_PATH</c>, would come before ours, and has other symbols.
/// </para>
/// <para>
/// TorchSharp's own library is built against libstdc++ of GCC 13. Debian 12 and Ubuntu 22.04 have
/// an older one and refuse it. It is then loaded from memory, with a requirement made weak
/// (<see cref="VersionRequirement"/>).
/// </para>
/// </remarks>
public static partial class TorchNatives
{
    /// <summary>
    /// Names a libtorch folder: the one that holds <c>libtorch.so</c>, or its parent.
    /// </summary>
    internal const string FolderVariable = "VISUALCHAT_LIBTORCH";

    private const string BridgeFile = "libLibTorchSharp.so";
    private const string NewestRequirement = "GLIBCXX_3.4.32";

    // Each one after those that it needs.
    private static readonly string[] LibtorchFiles =
    [
        "libgomp-*.so.*", "libc10.so", "libc10_cuda.so", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch.so",
    ];

    // Libraries stay in the process, so they are loaded once in it, or the error stays.
    private static readonly Lazy<ModelException?> Loaded = new(Load);

    private static int Registered;

    private static string BundledFolder => Path.Combine(AppContext.BaseDirectory, "libtorch");

    private static string? NamedFolder =>
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : null;

    // Where the runtime looks by itself, and first: a build with TorchBackend=cuda, and a program
    // that brings libtorch packages of its own, have their natives there. A published program has
    // them beside itself, a built one in runtimes/linux-x64/native.
    private static string? ProbedFolder => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append(AppContext.BaseDirectory)
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, BridgeFile)));

    /// <summary>
    /// Has the natives loaded before TorchSharp's first line runs. Runs by itself when this
    /// assembly is first used; costs an event handler where TorchSharp is not used.
    /// </summary>
#pragma warning disable CA2255 // A program must not have to remember a call before its first tensor.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        if (Interlocked.Exchange(ref Registered, 1) != 0)
            return;
        LetWaitingThreadsSleep();
        LetGpusTakeNewShapes();
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => LoadFor(loaded.LoadedAssembly);
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
            LoadFor(assembly);

        // If they do not load, EnsureLoadable says so: nothing can be thrown here.
        static void LoadFor(Assembly assembly)
        {
            if (assembly.GetName().Name == nameof(TorchSharp))
                _ = Loaded.Value;
        }
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
        if (Loaded.Value is { } problem)
            throw new ModelException(problem.Message, problem);
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

    // Beside cuDNN 9.15.1 or later, PyTorch asks cuDNN first for attention. It plans each new shape
    // for about half a second and keeps the plan; packed batches are new shapes all the time. The
    // allocator likewise: in segments that grow, sizes that are always others leave no gaps
    // (docs/decisions/0029). libtorch reads both when it is loaded. The user's own choice stays.
    private static void LetGpusTakeNewShapes()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = SetEnvironmentVariable("TORCH_CUDNN_SDPA_DEPRIORITIZED", "1", overwrite: 0);
        if (Environment.GetEnvironmentVariable("PYTORCH_ALLOC_CONF") is null)
            _ = SetEnvironmentVariable("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True", overwrite: 0);
    }

    // .NET's own environment is a copy, which native libraries do not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);

    private static ModelException? Load()
    {
        string system = RuntimeInformation.RuntimeIdentifier;
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return new ModelException(
                $"This machine is {system}. libtorch is there for 64-bit Linux on x86 only: models run on no other.");
        }

        if (system.Contains("musl", StringComparison.Ordinal))
        {
            return new ModelException(
                $"This system is {system}: its C library is musl (Alpine has it), and libtorch needs glibc. "
                + "Use a system with glibc, such as Debian, Ubuntu or Fedora.");
        }

        string folder = Path.TrimEndingDirectorySeparator(ProbedFolder ?? NamedFolder ?? BundledFolder);
        try
        {
            if (ProbedFolder is not null)
                LoadProbed(folder);
            else if (File.Exists(Path.Combine(BundledFolder, BridgeFile)))
                LoadBundled();
            return null;
        }
        catch (ModelException exception)
        {
            return exception;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException
            or IOException or UnauthorizedAccessException)
        {
            return new ModelException($"libtorch cannot be loaded from '{folder}': {exception.Message}", exception);
        }
    }

    // The runtime asks for the bridge by its path first, which an older libstdc++ refuses, and then
    // by its name, which finds what was loaded here. A folder without libtorch is left to
    // TorchSharp, which puts such packages together from parts.
    private static void LoadProbed(string folder)
    {
        if (NamedFolder is not null)
        {
            throw new ModelException(
                $"{FolderVariable} is set, but this program has a libtorch of its own where .NET looks first "
                + "(a build with TorchBackend=cuda does). Unset the variable.");
        }

        if (LibtorchIn(folder).Any())
            Load(folder, folder);
    }

    private static void LoadBundled() =>
        Load(NamedFolder is { } named ? LibtorchFolder.Find(named) : BundledFolder, BundledFolder);

    private static void Load(string libtorch, string bridge)
    {
        foreach (string file in LibtorchIn(libtorch))
            _ = NativeLibrary.Load(file);
        LoadBridge(Path.Combine(bridge, BridgeFile));
    }

    // A CUDA build has more of them than a CPU build.
    private static IEnumerable<string> LibtorchIn(string folder) =>
        LibtorchFiles.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern));

    private static void LoadBridge(string path)
    {
        if (NativeLibrary.TryLoad(path, out _))
            return;
        byte[] image = File.ReadAllBytes(path);
        if (!VersionRequirement.TryWeaken(image, NewestRequirement))
        {
            throw new DllNotFoundException(
                $"'{path}' does not load, and it is not for want of {NewestRequirement}. "
                + "Is the system's C++ library (libstdc++6) installed?");
        }

        _ = MemoryLibrary.Load(image, BridgeFile);
    }
}
