using System.CommandLine;
using System.Net;
using System.Text.Json;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Serving.Scheduling;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat serve RECIPE --checkpoint DIR</c>: OpenAI's API, and a page to chat in.</summary>
public static class ServeCommand
{
    private const string KeyVariable = "VISUALCHAT_API_KEY";

    private static readonly ServeSettings Defaults = new();

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> recipePath = CommonOptions.Recipe();
        Option<string> checkpoint = CommonOptions.Checkpoint();
        Option<int> port = Count("--port", "N", "The port; 0 takes any that is free.", Defaults.Port);
        Option<string> host = new("--host")
        {
            HelpName = "ADDRESS",
            Description = "The address to listen at. One beyond this machine, such as 0.0.0.0, needs --api-key.",
            DefaultValueFactory = _ => Defaults.Address.ToString(),
        };
        Option<string?> apiKey = new("--api-key") { HelpName = "KEY", Description = $"What clients must send. {KeyVariable} sets it too, where other users cannot see it." };
        Option<string[]> imageHosts = new("--allow-image-host")
        {
            HelpName = "NAME",
            Description = "Fetch images from this host when a request gives their URL; from no other. May be repeated.",
            DefaultValueFactory = _ => [],
        };
        Option<int> body = Count("--max-body-mb", "MB", "Millions of bytes of a request.", (int)(Defaults.Limits.BodyBytes / 1_000_000));
        Option<int> imageBytes = Count("--max-image-mb", "MB", "Millions of bytes of an image.", Defaults.Limits.ImageBytes / 1_000_000);
        Option<int> pixels = Count("--max-image-megapixels", "N", "Millions of pixels of an image.", (int)(Defaults.Limits.ImagePixels / 1_000_000));
        Option<int> images = Count("--max-images", "N", "Images of a conversation.", Defaults.Limits.Images);
        Option<int> messages = Count("--max-messages", "N", "Messages of a conversation.", Defaults.Limits.Messages);
        Option<int> sideBySide = Count("--side-by-side", "N", "Answers computed at a time, a token of each in turn.", Defaults.Limits.SideBySide);
        Option<int> waiting = Count("--max-waiting", "N", "Requests that wait beyond those.", Defaults.Limits.Waiting);
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json();
        Option<string[]> set = CommonOptions.Set();
        var command = new Command("serve", "Serve a trained model: OpenAI's chat completions API, and a page to chat in.")
        {
            recipePath, checkpoint, port, host, apiKey, imageHosts, body, imageBytes, pixels, images, messages, sideBySide, waiting, device, json, set,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            TextWriter error = parsed.InvocationConfiguration.Error;
            var settings = new ServeSettings
            {
                Address = AddressOf(parsed.GetRequiredValue(host)),
                Port = Within(parsed.GetValue(port), "--port", 0, 65_535),
                ApiKey = KeyOf(parsed.GetValue(apiKey) ?? Environment.GetEnvironmentVariable(KeyVariable)),
                ImageHosts = parsed.GetRequiredValue(imageHosts),
                Limits = new ServeLimits
                {
                    BodyBytes = 1_000_000L * Within(parsed.GetValue(body), "--max-body-mb", 1, 1000),
                    ImageBytes = 1_000_000 * Within(parsed.GetValue(imageBytes), "--max-image-mb", 1, 250),
                    ImagePixels = 1_000_000L * Within(parsed.GetValue(pixels), "--max-image-megapixels", 1, 178),
                    Images = Within(parsed.GetValue(images), "--max-images", 0, 10_000),
                    Messages = Within(parsed.GetValue(messages), "--max-messages", 1, 100_000),
                    SideBySide = Within(parsed.GetValue(sideBySide), "--side-by-side", 1, 1000),
                    Waiting = Within(parsed.GetValue(waiting), "--max-waiting", 0, 10_000),
                },
            };
            if (settings.ApiKey is null && !IPAddress.IsLoopback(settings.Address))
                throw new InputException($"--host {settings.Address} lets other machines in, so --api-key (or {KeyVariable}) must say what they have to send.");
            Recipe recipe = RecipeReader.Read(parsed.GetRequiredValue(recipePath), parsed.GetRequiredValue(set));
            using var thread = new ModelThread(
                () => new EngineAnswers(LoadedChat.Open(
                    parsed.GetRequiredValue(recipePath),
                    parsed.GetRequiredValue(set),
                    parsed.GetRequiredValue(checkpoint),
                    parsed.GetValue(device),
                    new PrefixCacheLimits { Conversations = Math.Max(new PrefixCacheLimits().Conversations, 2 * settings.Limits.SideBySide) })),
                settings.Limits);
            ChatServer server = await ChatServer.StartAsync(settings, recipe.Name, recipe.Images.Size, thread, error).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                _ = await thread.Opened.WaitAsync(cancellation).ConfigureAwait(false);
                string address = server.Address.AbsoluteUri;
                await output.WriteLineAsync(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(new { Address = address, Model = recipe.Name }, OutputFolder.Json)
                    : $"Serving {recipe.Name}: {address} is a page to chat in, {address}v1 the API. Ctrl-C ends it.").ConfigureAwait(false);
                await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
                if (thread.Taken is > 0 and int running)
                    await error.WriteLineAsync($"Stopping; {running} {(running == 1 ? "request has" : "requests have")} {settings.Grace.TotalSeconds:F0} s to finish. Ctrl-C again ends at once.").ConfigureAwait(false);
                int cut = await server.StopAsync().ConfigureAwait(false);
                await error.WriteLineAsync(cut == 0 ? "Stopped; no answer was cut." : $"Stopped; {cut} {(cut == 1 ? "answer was" : "answers were")} cut.").ConfigureAwait(false);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Option<int> Count(string name, string helpName, string description, int value) =>
        new(name) { HelpName = helpName, Description = description, DefaultValueFactory = _ => value };

    private static int Within(int value, string name, int least, int most) =>
        value >= least && value <= most ? value : throw new InputException($"{name} must be from {least} to {most}.");

    private static IPAddress AddressOf(string host)
    {
        if (host == "localhost")
            return IPAddress.Loopback;
        return IPAddress.TryParse(host, out IPAddress? address)
            ? address
            : throw new InputException($"--host '{host}' is no address. Name one of this machine's, such as 127.0.0.1, or 0.0.0.0 for all of them.");
    }

    private static string? KeyOf(string? key)
    {
        if (key is null || (key.Length > 0 && key.All(letter => letter is > ' ' and < '\x7f')))
            return key;
        throw new InputException("--api-key must be letters, digits and signs of ASCII, without spaces.");
    }
}
