using System.CommandLine;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat sample-data DIR</c>: a data root to try everything on.</summary>
internal static class SampleDataCommand
{
    private static readonly JsonSerializerOptions Escaped =
        new(JsonText.Line) { Encoder = JavaScriptEncoder.Default };

    public static Command Create(CommandConsole console)
    {
        var command = new Command(
            "sample-data",
            "Write a small synthetic world in the nine datasets' formats, with held-out questions and their answers.")
        {
            new Argument<string>("DIR")
            {
                Description = "Folder to make; an earlier sample world in it is replaced, anything else refused.",
            },
            new Option<int>("--samples")
            {
                Description = "Records over all nine datasets.",
                DefaultValueFactory = _ => SampleWorldSettings.Default.Samples,
            },
            new Option<long>("--seed")
            {
                Description = "Seed; the same seed and number of records give the same bytes.",
                DefaultValueFactory = _ => 1234,
            },
            new Option<bool>("--json") { Description = "One JSON document on standard output." },
        };
        command.SetAction((parsed, cancellation) => RunAsync(SampleDataOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        SampleDataOptions options, CommandConsole console, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        var world = new SampleWorldSettings { Samples = options.Samples, Seed = options.Seed };
        WorldSummary summary = WorldWriter.Write(options.Directory, world, cancellation);
        if (options.Json)
        {
            await console.Output.WriteLineAsync(JsonSerializer.Serialize(summary, Escaped));
            return ExitCode.Done;
        }

        foreach ((string name, int records) in summary.Records)
            await console.Output.WriteLineAsync($"{name,-20} {records,9:N0} records");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await console.Output.WriteLineAsync(
            $"{summary.Images:N0} images; "
            + $"{summary.HeldOutQuestions:N0} held-out questions over {summary.HeldOutImages:N0} images; "
            + $"{seconds:F1} s. Data root: {summary.Directory}");
        return ExitCode.Done;
    }
}
