using System.ComponentModel;
using System.Diagnostics;

namespace VisualChat.Gpu.Natives;

/// <summary>What the driver's own tool says of the first card.</summary>
internal static class NvidiaSmi
{
    /// <summary>Its answers, with their units; none if it is not there.</summary>
    public static string[] Ask(params IEnumerable<string> queries)
    {
        try
        {
            string[] arguments = [$"--query-gpu={string.Join(',', queries)}", "--format=csv,noheader"];
            var start = new ProcessStartInfo("nvidia-smi", arguments) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            string first = process.StandardOutput.ReadLine() ?? "";
            _ = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return [.. first.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        }
        catch (Win32Exception)
        {
            return [];
        }
    }
}
