using System.CommandLine;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Commands;

/// <summary>The program's commands, and the one place where errors become messages and exit codes.</summary>
public static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">The arguments, without the program's name.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Progress, logs and errors.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Blend nine image-and-text datasets into multi-round, multi-image conversations, and train on them.")
        {
            SampleDataCommand.Create(),
            ValidateCommand.Create(),
            BlendCommand.Create(),
            InspectCommand.Create(),
        };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                await error.WriteLineAsync($"error: {problem.Message}");
            await error.WriteLineAsync($"Run 'visualchat {string.Join(' ', arguments.TakeWhile(word => !word.StartsWith('-')).Take(1))} --help' for its usage.");
            return ExitCode.WrongInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (InputException exception)
        {
            foreach (string problem in exception.Problems)
                await error.WriteLineAsync($"error: {problem}");
            return ExitCode.WrongInput;
        }
        catch (Exception exception) when (exception is WorkException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"error: {exception.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Stopped. What is finished is kept: run the same command again to continue.");
            return ExitCode.Failed;
        }
        catch (Exception exception)
        {
            await error.WriteLineAsync($"error: unexpected {exception.GetType().Name}: {exception.Message} This is a defect of visualchat: please report it with the command line.");
            return ExitCode.Failed;
        }
    }
}
