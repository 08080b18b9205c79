using System.CommandLine;
using System.Text.Json;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Serving.Scheduling;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat serve RECIPE --checkpoint DIR</c>: OpenAI's API, and a page to chat in.
/// </summary>
internal static class ServeCommand
{
    private static readonly ServeSettings Defaults = new();

    public static Command Create(CommandConsole console)
    {
        ServeLimits limits = Defaults.Limits;
        var command = new Command(
            "serve", "Serve a trained model: OpenAI's chat completions API, and a page to chat in.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Checkpoint(),
            Count("--port", "N", "The port; 0 takes any that is free.", Defaults.Port),
            new Option<string>("--host")
            {
                HelpName = "ADDRESS",
                Description = "The address to listen at. One beyond this machine, such as 0.0.0.0, needs --api-key.",
                DefaultValueFactory = _ => Defaults.Address.ToString(),
            },
            new Option<string?>("--api-key")
            {
                HelpName = "KEY",
                Description = "What clients must send. "
                    + $"{ServeOptions.KeyVariable} sets it too, where other users cannot see it.",
            },
            new Option<string[]>("--allow-image-host")
            {
                HelpName = "NAME",
                Description = "Fetch images from this host when a request gives their URL; from no other. "
                    + "May be repeated.",
                DefaultValueFactory = _ => [],
            },
            Count("--max-body-mb", "MB", "Millions of bytes of a request.", MillionsOf(limits.BodyBytes)),
            Count("--max-image-mb", "MB", "Millions of bytes of an image.", MillionsOf(limits.ImageBytes)),
            Count("--max-image-megapixels", "N", "Millions of pixels of an image.", MillionsOf(limits.ImagePixels)),
            Count("--max-images", "N", "Images of a conversation.", limits.Images),
            Count("--max-messages", "N", "Messages of a conversation.", limits.Messages),
            Count("--side-by-side", "N", "Answers computed at a time, a token of each in turn.", limits.SideBySide),
            Count("--max-waiting", "N", "Requests that wait beyond those.", limits.Waiting),
            CommonOptions.Device(),
            CommonOptions.Json(),
            CommonOptions.Set(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(ServeOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        ServeOptions options, CommandConsole console, CancellationToken cancellation)
    {
        ServeSettings settings = options.Settings;
        Recipe recipe = options.Recipe.Read();
        using var thread = new ModelThread(() => Open(recipe, options, console.Error), settings.Limits);
        await using ChatServer server = await ChatServer.StartAsync(
            settings, recipe.Name, recipe.Images.Frame, thread, console.Error);
        _ = await thread.Opened.WaitAsync(cancellation);
        string address = server.Address.AbsoluteUri;
        await console.Output.WriteLineAsync(options.Json
            ? JsonSerializer.Serialize(new { Address = address, Model = recipe.Name }, JsonText.Indented)
            : $"Serving {recipe.Name}: {address} is a page to chat in, {address}v1 the API. Ctrl-C ends it.");
        await console.Output.FlushAsync(CancellationToken.None);
        await UntilCancelledAsync(cancellation);
        if (thread.Taken is > 0 and int running)
        {
            await console.Error.WriteLineAsync(
                $"Stopping; {running} {(running == 1 ? "request has" : "requests have")} "
                + $"{settings.Grace.TotalSeconds:F0} s to finish. Ctrl-C again ends at once.");
        }

        int cut = await server.StopAsync();
        await console.Error.WriteLineAsync(cut == 0
            ? "Stopped; no answer was cut."
            : $"Stopped; {cut} {(cut == 1 ? "answer was" : "answers were")} cut.");
        return ExitCode.Done;
    }

    private static ChatEngine Open(Recipe recipe, ServeOptions options, TextWriter notes)
    {
        int fewest = new PrefixCacheLimits().Conversations;
        int conversations = Math.Max(fewest, 2 * options.Settings.Limits.SideBySide);
        var limits = new PrefixCacheLimits { Conversations = conversations };
        return LoadedChat.Open(recipe, options.Checkpoint, options.Device, limits, notes).Engine;
    }

    private static async Task UntilCancelledAsync(CancellationToken cancellation)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registered = cancellation.Register(cancelled.SetResult);
        await cancelled.Task;
    }

    private static Option<int> Count(string name, string helpName, string description, int value) =>
        new(name) { HelpName = helpName, Description = description, DefaultValueFactory = _ => value };

    private static int MillionsOf(long count) => (int)(count / 1_000_000);
}
