using System.CommandLine;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Terminal;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// The program's commands, and the one place where errors become messages and exit codes.
/// </summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">The arguments, without the program's name.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Progress, notes and errors.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        error = new PrintableWriter(error);
        using var interrupts = new Interrupts(endProgram: EndProgram);
        using var waits = new FileWaitNotes(FileWaits.All, error, EndProgram, interrupts.Stopping);
        var console = new CommandConsole
        {
            Input = Console.In,
            Output = arguments.Contains("--json") ? output : new PrintableWriter(output),
            Error = error,
            Interrupts = interrupts,
        };
        RootCommand root = Create(console);
        if (arguments.Count > 0 && !arguments[0].StartsWith('-') && !HasCommand(root, arguments[0]))
        {
            await error.WriteLineAsync(UnknownCommand(root, arguments[0]));
            return ExitCode.WrongInput;
        }

        ParseResult parsed = arguments.Count == 0 ? root.Parse("--help") : root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                await error.WriteLineAsync($"error: {problem.Message}");
            string command = string.Concat(arguments.TakeWhile(word => !word.StartsWith('-')).Take(1));
            await error.WriteLineAsync($"'visualchat {command} --help' shows its usage.");
            return ExitCode.WrongInput;
        }

        return await InvokeAsync(parsed, console);
    }

    private static void EndProgram() => Environment.Exit(ExitCode.Failed);

    private static RootCommand Create(CommandConsole console) => new(
        "Blend image-and-text datasets into multi-round, multi-image conversations, "
        + "and train a model that chats over several images.")
    {
        SampleDataCommand.Create(console),
        ValidateCommand.Create(console),
        BlendCommand.Create(console),
        InspectCommand.Create(console),
        EncodeCommand.Create(console),
        TrainCommand.Create(console),
        CompareCommand.Create(console),
        EvaluateCommand.Create(console),
        GenerateCommand.Create(console),
        ChatCommand.Create(console),
        ExportCommand.Create(console),
        ServeCommand.Create(console),
        CacheCommand.Create(console),
    };

    private static bool HasCommand(RootCommand root, string name) =>
        root.Subcommands.Any(command => command.Name == name);

    private static string UnknownCommand(RootCommand root, string name)
    {
        string? nearest = Spelling.Nearest(name, [.. root.Subcommands.Select(command => command.Name)]);
        string hint = nearest is null ? "" : $"; did you mean '{nearest}'?";
        return $"error: there is no command '{name}'{hint} 'visualchat --help' lists them.";
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, CommandConsole console)
    {
        try
        {
            return await InvokeCommandAsync(parsed, console);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && OpenFileLimit.IsReached())
        {
            await console.Error.WriteLineAsync($"error: {OpenFileLimit.Problem}.");
            return ExitCode.Failed;
        }
        catch (InputException exception)
        {
            return await RefuseAsync(exception.Problems, console);
        }
        catch (ModelException exception)
        {
            return await RefuseAsync(exception.Problems, console);
        }
        catch (Exception exception) when (
            exception is WorkException or DeviceMemoryException or IOException or UnauthorizedAccessException)
        {
            await console.Error.WriteLineAsync($"error: {exception.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            await console.Error.WriteLineAsync(
                "Stopped. What is finished is kept: run the same command again to continue.");
            return ExitCode.Failed;
        }
        catch (Exception exception)
        {
            await console.Error.WriteLineAsync(
                $"error: unexpected {exception.GetType().Name}: {exception.Message} "
                + "This is a defect of visualchat: please report it with the command line.");
            return ExitCode.Failed;
        }
    }

    private static async Task<int> InvokeCommandAsync(ParseResult parsed, CommandConsole console)
    {
        // A command decides itself how long it may take to end, not the library.
        var configuration = new InvocationConfiguration
        {
            Output = console.Output,
            Error = console.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, console.Interrupts.Stopping);
        }
        catch (UserFileException exception)
        {
            throw FileProblem.Of(exception, $"'{exception.Path}'");
        }
    }

    private static async Task<int> RefuseAsync(IReadOnlyList<string> problems, CommandConsole console)
    {
        foreach (string problem in problems)
            await console.Error.WriteLineAsync($"error: {problem}");
        return ExitCode.WrongInput;
    }
}
