using System.Diagnostics;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// This program once more, for one run of a comparison. A process of its own gives back all of a
/// device's memory at its end, so that the next run finds what the first one found, and what it
/// took can be measured; and if it is killed, the other runs are not.
/// </summary>
/// <remarks>
/// It reads standard input and stops at its end: with a checkpoint, whether this process asks it
/// to or was killed itself.
/// </remarks>
internal static class RunProcess
{
    private const string ErrorMark = "error: ";
    private const string Dotnet = "dotnet";

    /// <summary>Trains a run to its end, or until it is stopped.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="screen">Shows what it does.</param>
    /// <param name="cancellation">Stops it with a checkpoint.</param>
    /// <returns>Why it failed; null: it did not.</returns>
    public static async Task<string?> RunAsync(
        IReadOnlyList<string> arguments, ITrainingWatcher screen, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Program(out string[] first), [.. first, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration stopping = cancellation.Register(process.StandardInput.Close);
        Task<string?> problem = TellNotesAsync(process.StandardError, screen);
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            screen.Observe(TrainingEventJson.Read(line));
        string? last = await problem;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode switch
        {
            ExitCode.Done => null,
            137 => "Its process was killed (SIGKILL), as Linux does when memory runs out.",
            int status => last ?? $"Its process ended with status {status}.",
        };
    }

    /// <returns>The last error; null: there was none.</returns>
    private static async Task<string?> TellNotesAsync(StreamReader lines, ITrainingWatcher screen)
    {
        string? problem = null;
        while (await lines.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (line.StartsWith(ErrorMark, StringComparison.Ordinal))
                problem = line[ErrorMark.Length..];
            else
                screen.Observe(new TrainingNote(line));
        }

        return problem;
    }

    // Started as `dotnet visualchat.dll`, the program is an argument.
    private static string Program(out string[] first)
    {
        string assembly = typeof(RunProcess).Assembly.Location;
        string process = Environment.ProcessPath ?? Dotnet;
        string name = Path.GetFileNameWithoutExtension(process);
        if (name == Path.GetFileNameWithoutExtension(assembly) || assembly.Length == 0)
        {
            first = [];
            return process;
        }

        first = [assembly];
        return name == Dotnet ? process : Dotnet;
    }
}
