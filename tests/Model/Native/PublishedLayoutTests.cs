using System.Diagnostics;
using System.Text.Json.Nodes;

namespace VisualChat.Model.Tests.Native;

/// <summary>
/// A program with a libtorch of its own, as TorchBackend=cuda makes it: published, the natives are
/// beside it; built, they are where its deps.json says. On a system whose libstdc++ is older than
/// GCC 13's the bridge loads only from memory.
/// </summary>
public sealed class PublishedLayoutTests
{
    private const string Built = "runtimes/linux-x64/native";

    // Run as a program, this assembly does what it does before its first test, and ends.
    private static readonly string Assembly = typeof(PublishedLayoutTests).Assembly.Location;

    private readonly string _folder = TestData.NewFolder();

    [Theory]
    [InlineData("")]
    [InlineData(Built)]
    public void Its_natives_load(string place)
    {
        string natives = Path.Combine(_folder, place);
        string program = Program(natives);
        (int exitCode, string loaded) = Start(program, ("LD_DEBUG", "libs")); // the loader says what it loads
        exitCode.Should().Be(0, loaded);
        loaded.Should().Contain($"calling init: {natives.TrimEnd('/')}/libtorch_cpu.so");
        loaded.Should().NotContain($"calling init: {AppContext.BaseDirectory}libtorch");
    }

    [Fact]
    public void One_that_does_not_load_is_named()
    {
        string program = Program(_folder);
        string library = Path.Combine(_folder, "libtorch_cpu.so");
        File.Delete(library);
        File.WriteAllText(library, "no library");
        (int exitCode, string said) = Start(program);
        exitCode.Should().NotBe(0);
        said.Should().Contain($"libtorch cannot be loaded from '{_folder}'");
    }

    // Links to what was built; the program itself is a copy, since its folder is that of the file.
    private string Program(string natives)
    {
        _ = Directory.CreateDirectory(natives);
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory))
            _ = File.CreateSymbolicLink(Path.Combine(_folder, Path.GetFileName(file)), file);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "libtorch")))
            _ = File.CreateSymbolicLink(Path.Combine(natives, Path.GetFileName(file)), file);
        string program = Path.Combine(_folder, Path.GetFileName(Assembly));
        File.Delete(program);
        File.Copy(Assembly, program);
        string dependencies = Path.ChangeExtension(program, ".deps.json");
        string text = WithNatives(File.ReadAllText(dependencies));
        File.Delete(dependencies);
        File.WriteAllText(dependencies, text);
        return program;
    }

    private static string WithNatives(string dependencies)
    {
        JsonNode root = JsonNode.Parse(dependencies)!;
        JsonObject packages = root["targets"]!.AsObject().First().Value!.AsObject();
        JsonObject package = packages.Single(item => item.Key.StartsWith("TorchSharp/")).Value!.AsObject();
        package["runtimeTargets"] = new JsonObject
        {
            [$"{Built}/libLibTorchSharp.so"] = new JsonObject { ["rid"] = "linux-x64", ["assetType"] = "native" },
        };
        return root.ToJsonString();
    }

    private static (int ExitCode, string Said) Start(string program, params (string, string)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", program) { RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
