using VisualChat.Gpu.Results;

namespace VisualChat.Gpu.Steps;

/// <summary>The run's last step: its figures as a table.</summary>
internal static class TableStep
{
    public static void Run(RunOptions options)
    {
        IReadOnlyList<Measurement> measured = options.Results.Measurements();
        string? card = measured.FirstOrDefault(row => row.What == EnvironmentStep.Card)?.Text;
        string title = options.IsGpu && !options.IsSmall
            ? $"{card ?? "A GPU"}, {DateTime.UtcNow:yyyy-MM-dd}"
            : $"A rehearsal with small sizes on '{options.Device}': its figures say nothing of a GPU";
        Console.Write(ResultTable.Of(measured, options.Results.Steps(), title));
    }
}
