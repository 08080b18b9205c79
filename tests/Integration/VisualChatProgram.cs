using System.Diagnostics;

namespace VisualChat.Integration.Tests;

/// <summary>The built program, run as a user runs it: a process of its own.</summary>
internal static class VisualChatProgram
{
    /// <summary>Its file, for <c>dotnet</c> to run.</summary>
    public static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "visualchat.dll");

    /// <summary>Runs it to its end.</summary>
    public static ProgramResult Run(TestFolder folder, params string[] arguments)
    {
        using Process process = Start(folder, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, error.Result);
    }

    /// <summary>Runs it to its end, with lines on standard input.</summary>
    public static ProgramResult RunWithInput(TestFolder folder, string input, params string[] arguments)
    {
        using Process process = StartProcess(folder, "dotnet", [Assembly, .. arguments], hasInput: true);
        Task<string> error = process.StandardError.ReadToEndAsync(), output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>
    /// Runs it with files limited in size, as on a full disk: a write past the limit fails.
    /// </summary>
    public static ProgramResult RunWithFileLimit(TestFolder folder, int kilobytes, params string[] arguments)
    {
        // An ignored signal stays ignored across exec, so the write returns an error instead of
        // ending the process. The runtime's own double-mapped code would count as a file too.
        string command = $"trap '' XFSZ; ulimit -f {kilobytes}; DOTNET_EnableWriteXorExecute=0 exec dotnet \"$@\"";
        using Process process = StartProcess(folder, "bash", ["-c", command, "bash", Assembly, .. arguments]);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts it.</summary>
    public static Process Start(TestFolder folder, params string[] arguments) =>
        StartProcess(folder, "dotnet", [Assembly, .. arguments]);

    private static Process StartProcess(
        TestFolder folder, string program, IEnumerable<string> arguments, bool hasInput = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = hasInput,
            WorkingDirectory = folder.Path,
        };
        start.Environment["VISUALCHAT_CACHE"] = folder.File("cache");
        return Process.Start(start)!;
    }
}
