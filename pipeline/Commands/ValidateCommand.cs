using System.CommandLine;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat validate RECIPE --data ROOT</c>: says what is wrong with a recipe and its data before anything is made.</summary>
public static class ValidateCommand
{
    /// <summary>The command. Exit code 2 when there is a problem.</summary>
    public static Command Create()
    {
        Argument<string> recipe = CommonOptions.Recipe();
        Option<string?> data = CommonOptions.Data();
        Option<string[]> set = CommonOptions.Set();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("validate", "Check a recipe, its tokenizer and its data, and list every problem.") { recipe, data, set, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IndexCache cache = IndexCache.OfUser();
            string? root = parsed.GetValue(data)
                ?? SampleWorldOf(parsed.GetRequiredValue(recipe), parsed.GetRequiredValue(set), cache, parsed.InvocationConfiguration.Error, cancellationToken);
            ValidationReport report = await ProgressScreen.RunAsync(parsed.InvocationConfiguration.Error, "Indexing", progress =>
                RecipeValidation.CheckAsync(
                    parsed.GetRequiredValue(recipe),
                    parsed.GetRequiredValue(set),
                    root,
                    cache,
                    new IndexBytes(progress),
                    cancellationToken));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                ValidationReportWriter.WriteJson(report, output);
            else
                ValidationReportWriter.WriteText(report, output);
            return report.IsValid ? ExitCode.Done : ExitCode.WrongInput;
        });
        return command;
    }

    /// <summary>The recipe's sample world; null if it has none, or is wrong, which is reported with everything else.</summary>
    private static string? SampleWorldOf(string recipePath, IReadOnlyList<string> overrides, IndexCache cache, TextWriter error, CancellationToken cancellation)
    {
        try
        {
            return DataRoot.SampleWorldOf(RecipeReader.Read(recipePath, overrides), cache, error, cancellation);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
