using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Native;
using VisualChat.Tests;
using static TorchSharp.torch;

namespace VisualChat.Gpu.Steps;

/// <summary>Writes the random model that the next steps load.</summary>
internal static class WeightsStep
{
    public static void Run(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        ModelDescription description = LargeModel.Describe(options);
        long start = Stopwatch.GetTimestamp();
        long bytes = RandomTowers.Write(description, device(options.Device));
        options.Results.Add(new() { Step = "weights", What = "random towers", Value = bytes / 1e9, Unit = "GB" });
        options.Results.Add(new()
        {
            Step = "weights",
            What = "drawn and written in",
            Value = Stopwatch.GetElapsedTime(start).TotalSeconds,
            Unit = "s",
        });
    }
}
