using System.Diagnostics;

namespace VisualChat.Integration.Tests.Gpu;

/// <summary>The scripts of tests/Gpu, run as on a machine with a GPU.</summary>
internal static class GpuRun
{
    private static readonly string BuiltProgram =
        AppContext.BaseDirectory.Replace("/tests/Integration/", "/tests/Gpu/", StringComparison.Ordinal);

    /// <summary>A Python that has numpy; null if there is none.</summary>
    public static string? Python { get; } = new[] { "python3", "/usr/bin/python3" }
        .FirstOrDefault(python => Succeeds(python, "-c", "import numpy"));

    /// <summary>Whether the machine has what packing and running takes.</summary>
    public static bool IsPossible { get; } =
        Python is not null && Succeeds("tar", "--version") && Succeeds("xz", "--version");

    /// <summary>Packs the program as it was built, and unpacks it.</summary>
    /// <returns>The folder it was unpacked to.</returns>
    public static string Pack(TestFolder folder)
    {
        string packed = folder.File("app.tar.xz");
        string script = RepositoryFolder.File("tests/Gpu/pack.sh");
        Run(folder, "bash", script, "--built", BuiltProgram, "--out", packed, "--fast").ShouldExitWith(0);
        string unpacked = Directory.CreateDirectory(folder.File("unpacked")).FullName;
        Run(folder, "tar", "-xJf", packed, "-C", unpacked).ShouldExitWith(0);
        return unpacked;
    }

    /// <summary>
    /// A libtorch folder like a Python package's: without TorchSharp's bridge, and with a version.
    /// </summary>
    public static string Libtorch(TestFolder folder)
    {
        string libtorch = Directory.CreateDirectory(folder.File("torch/lib")).FullName;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "libtorch")))
        {
            if (Path.GetFileName(file) != "libLibTorchSharp.so")
                File.CreateSymbolicLink(Path.Combine(libtorch, Path.GetFileName(file)), file);
        }

        folder.Write("torch/version.py", "__version__ = '2.10.0'\n");
        return libtorch;
    }

    /// <summary>Runs a program to its end.</summary>
    public static ProgramResult Run(TestFolder folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        };
        start.Environment["PYTHON"] = Python;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, error.Result);
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
