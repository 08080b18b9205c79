using System.Diagnostics;

namespace VisualChat.Benchmarks;

/// <summary>A program that was run to its end, and what it took.</summary>
/// <param name="Output">Its standard output.</param>
/// <param name="Seconds">Wall seconds.</param>
/// <param name="PeakMegabytes">The most memory it held resident, looked up every 100 ms.</param>
internal sealed record MeasuredProcess(string Output, double Seconds, long PeakMegabytes)
{
    private static readonly string VisualChat = Path.Combine(AppContext.BaseDirectory, "visualchat.dll");

    /// <summary>Runs the program under measurement, as this project's build left it.</summary>
    /// <exception cref="InvalidOperationException">
    /// It failed; the message is its standard error.
    /// </exception>
    public static MeasuredProcess RunVisualChat(string folder, params string[] arguments) =>
        Run(folder, "dotnet", [VisualChat, .. arguments]);

    /// <summary>Runs a program.</summary>
    /// <exception cref="InvalidOperationException">
    /// It failed; the message is its standard error.
    /// </exception>
    public static MeasuredProcess Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["VISUALCHAT_CACHE"] = Path.Combine(folder, "cache");
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(100))
        {
            process.Refresh();
            try
            {
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                // It ended between the two calls.
            }
        }

        double seconds = watch.Elapsed.TotalSeconds;
        process.WaitForExit();
        return process.ExitCode == 0
            ? new MeasuredProcess(output.Result, seconds, peak / 1_000_000)
            : throw new InvalidOperationException(error.Result.Trim());
    }
}
