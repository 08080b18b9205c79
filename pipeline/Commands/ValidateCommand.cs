using System.CommandLine;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat validate RECIPE --data ROOT</c>: says what is wrong with a recipe and its data
/// before anything is made. Exit code 2 if there is a problem.
/// </summary>
internal static class ValidateCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command("validate", "Check a recipe, its tokenizer and its data, and list every problem.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Data(),
            CommonOptions.LinksMayLeadTo(),
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
