using System.Diagnostics;
using System.Runtime.InteropServices;

namespace VisualChat.Model.Tests.Native;

public sealed class AnotherLibtorchTests
{
    // Run as a program, this assembly does what it does before its first test, and ends.
    private static readonly string Assembly = typeof(AnotherLibtorchTests).Assembly.Location;

    [Fact]
    public void Ours_is_loaded_where_the_loader_would_find_another_first()
    {
        string others = TestData.NewFolder();
        EmptyLibrary.WriteTorch(others);
        string library = Path.Combine(others, "libtorch.so");
        NativeLibrary.TryLoad(library, out _).Should().BeTrue("the loader takes it, when it is asked for it");
        (int exitCode, string loaded) = Start(others);
        exitCode.Should().Be(0, loaded);
        loaded.Should().Contain($"calling init: {AppContext.BaseDirectory}libtorch/libtorch_cpu.so");
        loaded.Should().NotContain($"calling init: {others}");
    }

    private static (int ExitCode, string Loaded) Start(string librariesOfOthers)
    {
        var start = new ProcessStartInfo("dotnet", Assembly) { RedirectStandardError = true };
        start.Environment["LD_LIBRARY_PATH"] = librariesOfOthers;
        start.Environment["LD_DEBUG"] = "libs"; // the loader says what it loads
        using Process process = Process.Start(start)!;
        string loaded = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, loaded);
    }
}
