using System.Runtime.InteropServices;
using VisualChat.Gpu.Natives;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// The machine, without libtorch: what is there must be known when libtorch does not load, too.
/// </summary>
internal static partial class EnvironmentStep
{
    /// <summary>The row that names the card.</summary>
    public const string Card = "card";

    private const string Step = "environment";
    private const string StandardLibrary = "libstdc++.so.6";

    // What nvidia-smi is asked for, and the row's name.
    private static readonly (string Query, string What)[] CardFacts =
    [
        ("name", Card),
        ("driver_version", "driver"),
        ("memory.total", "card's memory"),
        ("clocks.sm", "multiprocessors' clock, idle"),
        ("clocks.max.sm", "multiprocessors' clock, most"),
        ("power.limit", "power limit"),
    ];

    public static void Run(RunOptions options)
    {
        Add("system", RuntimeInformation.OSDescription);
        Add("processor's cores", $"{Environment.ProcessorCount}");
        Add("memory", Gigabytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
        bool hasSharedMemory = Directory.Exists("/dev/shm");
        Add("/dev/shm, free", hasSharedMemory ? Gigabytes(new DriveInfo("/dev/shm").AvailableFreeSpace) : "none");
        Add(".NET", RuntimeInformation.FrameworkDescription);
        Add("glibc", Marshal.PtrToStringUTF8(GlibcVersion()) ?? "");
        Add("libstdc++, newest", NewestOfStandardLibrary());
        bool hasSsl = NativeLibrary.TryLoad("libssl.so.3", out _) || NativeLibrary.TryLoad("libssl.so.1.1", out _);
        Add("libssl", hasSsl ? "there" : "not there: nothing can be hashed");
        if (!options.IsGpu)
            return;
        string[] facts = NvidiaSmi.Ask([.. CardFacts.Select(fact => fact.Query)]);
        for (int index = 0; index < CardFacts.Length; index++)
            Add(CardFacts[index].What, index < facts.Length ? facts[index] : "nvidia-smi did not say");

        void Add(string what, string text) => options.Results.Add(new() { Step = Step, What = what, Text = text });
    }

    [LibraryImport("libc", EntryPoint = "gnu_get_libc_version")]
    private static partial nint GlibcVersion();

    private static string Gigabytes(long bytes) => $"{bytes / 1e9:F1} GB";

    // The versions are symbols of its own: GLIBCXX_3.4.32 is GCC 13's.
    private static string NewestOfStandardLibrary()
    {
        const string Prefix = "GLIBCXX_3.4.";
        if (!NativeLibrary.TryLoad(StandardLibrary, out _) || LoadedLibraries.PathOf(StandardLibrary) is not { } path)
            return "not there";
        int newest = ElfFile.Read(path).Defined.Keys
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => int.TryParse(name[Prefix.Length..], out int minor) ? minor : 0)
            .DefaultIfEmpty()
            .Max();
        return $"{Prefix}{newest}";
    }
}
