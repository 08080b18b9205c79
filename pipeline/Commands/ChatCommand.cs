using System.CommandLine;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Terminal;
using VisualChat.Pipeline.Terminal.Chat;
using VisualChat.Pipeline.Terminal.Lines;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat chat RECIPE --checkpoint DIR</c>: a conversation in the terminal, or of the lines of standard input.</summary>
internal static class ChatCommand
{
    /// <summary>The command.</summary>
    /// <param name="interrupts">Ctrl-C: it stops an answer here, and not the program.</param>
    public static Command Create(Interrupts interrupts)
    {
        Argument<string> recipe = CommonOptions.Recipe();
        Option<string> checkpoint = CommonOptions.Checkpoint();
        Option<string[]> image = new("--image") { HelpName = "PATH", Description = "An image of the first question. May be repeated.", DefaultValueFactory = _ => [] };
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = new("--json") { Description = "Write the conversation to standard output when it is over, as one JSON document; what a person reads goes to standard error." };
        Option<string[]> set = CommonOptions.Set();
        var sampling = new SamplingOptions();
        var command = new Command("chat", "Talk to a trained model about images, in the terminal.") { recipe, checkpoint, image, device, json, set };
        sampling.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            TextWriter error = parsed.InvocationConfiguration.Error;
            bool asJson = parsed.GetValue(json);
            AnswerSettings settings = sampling.Read(parsed, Random.Shared.NextInt64(1_000_000));
            bool isWatched = !Console.IsInputRedirected && !(asJson ? Console.IsErrorRedirected : Console.IsOutputRedirected);
            using LoadedChat chat = LoadedChat.Open(
                parsed.GetRequiredValue(recipe), parsed.GetRequiredValue(set), parsed.GetRequiredValue(checkpoint), parsed.GetValue(device), new PrefixCacheLimits { Conversations = 1 });

            // A terminal waits for keys, and nothing else ends that.
            using CancellationTokenRegistration ending = cancellation.Register(() => Environment.Exit(ExitCode.Failed));
            var files = ImageFiles.OfProcess();
            TextWriter screen = asJson ? error : output;
            bool hasEditor = isWatched && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
            var loop = new ChatLoop
            {
                Model = chat.Name,
                Checkpoint = chat.Checkpoint,
                Engine = chat.Engine,
                Images = chat.Images,
                Files = files,
                Settings = settings,
                Lines = hasEditor ? new LineEditor(() => new ConsoleTerminal(screen), new PathCompletion(files, ChatLoop.Commands).Complete) : new PlainLines(Console.In),
                Answers = screen,
                Notes = isWatched ? screen : error,
                Interrupts = interrupts,
                IsWatched = isWatched,
            };
            if (isWatched)
            {
                string seed = settings.Sampling.Temperature == 0 ? "" : $", seed {settings.Sampling.Seed}";
                await screen.WriteLineAsync(PrintableText.Of($"{chat.Name} on {chat.Device}{seed}. /help lists the commands, Ctrl-D leaves.\nImages come with a question as paths, typed or dropped.\n")).ConfigureAwait(false);
            }

            loop.Add([.. parsed.GetRequiredValue(image).Select(path => files.FullPath(path) ?? path)]);
            bool isWhole = loop.Run();
            if (asJson)
                await output.WriteLineAsync(loop.Conversation.ToJson()).ConfigureAwait(false);
            return isWhole ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }
}
