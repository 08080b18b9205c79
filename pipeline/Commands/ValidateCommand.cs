using System.CommandLine;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat validate RECIPE --data ROOT</c>: says what is wrong with a recipe and its data,
/// and what its model takes on disk and in memory, before anything is made or loaded. Exit code 2
/// if there is a problem.
/// </summary>
internal static class ValidateCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command(
            "validate", "Check a recipe, its tokenizer and its data, and list every problem and what its model takes.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Data(),
            CommonOptions.LinksMayLeadTo(),
            new Option<string?>("--device")
            {
                HelpName = "cpu|cuda|cuda:N,...",
                Description = "Where the model is to be trained and used: what it takes is compared with what is free "
                    + "there. By default the NVIDIA GPU where one works, else the CPU.",
            },
            new Option<string?>("--out")
            {
                HelpName = "DIR",
                Description = "The folder that 'train --out' is to write to: its disk is looked at, and the shards "
                    + "that are there.",
            },
            CommonOptions.Set(),
            CommonOptions.Json(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(ValidateOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        ValidateOptions options, CommandConsole console, CancellationToken cancellation)
    {
        using DataRoot? world = options.Data is null ? SampleWorldOf(options, console, cancellation) : null;
        string? root = options.Data ?? world?.Folder;
        ValidationReport report = await ProgressScreen.IndexingAsync(
            console.Error,
            progress => RecipeValidation.CheckAsync(
                options.Recipe.Path,
                options.Recipe.Overrides,
                root,
                options.LinksMayLeadTo,
                options.Place,
                options.Cache,
                progress,
                cancellation));
        if (options.Json)
            ValidationReportJson.Write(report, console.Output);
        else
            ValidationScreen.Write(report, console.Output);
        return report.IsValid ? ExitCode.Done : ExitCode.WrongInput;
    }

    /// <summary>
    /// The recipe's sample world; null if it has none, or is wrong: the check reports that with
    /// everything else.
    /// </summary>
    private static DataRoot? SampleWorldOf(
        ValidateOptions options, CommandConsole console, CancellationToken cancellation)
    {
        try
        {
            return DataRoot.SampleWorldOf(options.Recipe.Read(), options.Cache, console.Error, cancellation);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
