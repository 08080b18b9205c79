using System.CommandLine;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Terminal;
using VisualChat.Pipeline.Terminal.Chat;
using VisualChat.Pipeline.Terminal.Lines;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat chat RECIPE --checkpoint DIR</c>: a conversation at the terminal, or over the
/// lines of standard input.
/// </summary>
internal static class ChatCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command("chat", "Talk to a trained model about images, in the terminal.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Checkpoint(),
            new Option<string[]>("--image")
            {
                HelpName = "PATH",
                Description = "An image of the first question. May be repeated.",
                DefaultValueFactory = _ => [],
            },
            CommonOptions.Device(),
            new Option<bool>("--json")
            {
                Description = "Write the conversation to standard output when it is over, as one JSON document; "
                    + "what a person reads goes to standard error.",
            },
            CommonOptions.Set(),
        };
        SamplingOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(ChatOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        ChatOptions options, CommandConsole console, CancellationToken cancellation)
    {
        using LoadedChat chat = LoadedChat.Open(
            options.Recipe.Read(),
            options.Checkpoint,
            options.Device,
            new PrefixCacheLimits { Conversations = 1 },
            console.Error);

        // A terminal waits for keys, and nothing else ends that.
        using CancellationTokenRegistration ending = cancellation.Register(() => Environment.Exit(ExitCode.Failed));
        ChatLoop loop = LoopOf(chat, options, console);
        if (loop.IsWatched)
            await loop.Answers.WriteLineAsync(PrintableText.Of(Greeting(chat, options.Answers.Sampling)));
        loop.Add([.. options.Images.Select(path => loop.Files.FullPath(path) ?? path)]);
        bool isWhole = loop.Run();
        if (options.Json)
            await console.Output.WriteLineAsync(loop.Conversation.ToJson());
        return isWhole ? ExitCode.Done : ExitCode.Failed;
    }

    private static ChatLoop LoopOf(LoadedChat chat, ChatOptions options, CommandConsole console)
    {
        TextWriter screen = options.Json ? console.Error : console.Output;
        bool isWatched = IsWatched(options, console);
        var files = ImageFiles.OfProcess();
        return new ChatLoop
        {
            Model = chat.Recipe.Name,
            Checkpoint = chat.Checkpoint,
            Engine = chat.Engine,
            Images = chat.Images,
            Files = files,
            Settings = options.Answers,
            Lines = isWatched && HasControlSequences() ? EditorOf(screen, files) : new PlainLines(console.Input),
            Answers = screen,
            Notes = isWatched ? screen : console.Error,
            Interrupts = console.Interrupts,
            IsWatched = isWatched,
        };
    }

    private static bool IsWatched(ChatOptions options, CommandConsole console)
    {
        bool isScreenRedirected = options.Json ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        return ReferenceEquals(console.Input, Console.In) && !Console.IsInputRedirected && !isScreenRedirected;
    }

    private static bool HasControlSequences() =>
        Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    private static LineEditor EditorOf(TextWriter screen, ImageFiles files)
    {
        var completion = new PathCompletion(files, ChatLoop.Commands);
        return new LineEditor(() => new ConsoleTerminal(screen), completion.Complete);
    }

    private static string Greeting(LoadedChat chat, SamplingSettings sampling)
    {
        string seed = sampling.Temperature == 0 ? "" : $", seed {sampling.Seed}";
        return $"{chat.Recipe.Name} on {chat.Device}{seed}. /help lists the commands, Ctrl-D leaves.\n"
            + "Images come with a question as paths, typed or dropped.\n";
    }
}
