using System.CommandLine;
using VisualChat.Model.Errors;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Terminal;

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
        using var interrupts = new Interrupts(() => Environment.Exit(ExitCode.Failed));
        var root = new RootCommand("Blend image-and-text datasets into multi-round, multi-image conversations, and train a model that chats over several images.")
        {
            SampleDataCommand.Create(),
            ValidateCommand.Create(),
            BlendCommand.Create(),
            InspectCommand.Create(),
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            GenerateCommand.Create(),
            ChatCommand.Create(interrupts),
            ExportCommand.Create(),
            ServeCommand.Create(),
        };
        ParseResult parsed = root.Parse(arguments);
        if (arguments.Count > 0 && !arguments[0].StartsWith('-') && root.Subcommands.All(command => command.Name != arguments[0]))
        {
            string? nearest = Spelling.Nearest(arguments[0], [.. root.Subcommands.Select(command => command.Name)]);
            await error.WriteLineAsync($"error: there is no command '{arguments[0]}'{(nearest is null ? "" : $"; did you mean '{nearest}'?")} 'visualchat --help' lists them.");
            return ExitCode.WrongInput;
        }

        if (arguments.Count == 0)
            parsed = root.Parse("--help");
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                await error.WriteLineAsync($"error: {problem.Message}");
            await error.WriteLineAsync($"'visualchat {string.Join(' ', arguments.TakeWhile(word => !word.StartsWith('-')).Take(1))} --help' shows its usage.");
            return ExitCode.WrongInput;
        }

        try
        {
            // How long a command may take to end is its own affair, not the library's.
            var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, interrupts.Stopping);
        }
        catch (Exception exception) when (exception is InputException or ModelException)
        {
            foreach (string problem in (exception as InputException)?.Problems ?? ((ModelException)exception).Problems)
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
