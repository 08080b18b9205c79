using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat sample-data DIR</c>: a data root to try everything on.</summary>
public static class SampleDataCommand
{
    private static readonly JsonSerializerOptions Naming = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "Folder to make; an earlier sample world in it is replaced, anything else refused." };
        var samples = new Option<int>("--samples") { Description = "Records over all nine datasets.", DefaultValueFactory = _ => WorldWriter.DefaultSamples };
        var seed = new Option<long>("--seed") { Description = "Seed; the same seed and number of records give the same bytes.", DefaultValueFactory = _ => 1234 };
        var json = new Option<bool>("--json") { Description = "One JSON document on standard output." };
        var command = new Command("sample-data", "Write a small synthetic world in the nine datasets' formats, with held-out questions and their answers.")
        {
            directory, samples, seed, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            long started = Stopwatch.GetTimestamp();
            WorldSummary summary = WorldWriter.Write(parsed.GetRequiredValue(directory), parsed.GetValue(samples), parsed.GetValue(seed), cancellation);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(summary, Naming));
                return ExitCode.Done;
            }

            foreach ((string name, int records) in summary.Records)
                await output.WriteLineAsync($"{name,-20} {records,9:N0} records");
            await output.WriteLineAsync(
                $"{summary.Images:N0} images; {summary.HeldOutQuestions:N0} held-out questions over {summary.HeldOutImages:N0} images; " +
                $"{Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s. Data root: {summary.Directory}");
            return ExitCode.Done;
        });
        return command;
    }
}
