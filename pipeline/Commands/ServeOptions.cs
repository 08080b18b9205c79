using System.CommandLine;
using System.Net;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Serving;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>serve</c> is asked for.</summary>
internal sealed record ServeOptions
{
    public const string KeyVariable = "VISUALCHAT_API_KEY";

    private const int Million = 1_000_000;

    public required RecipeOptions Recipe { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>Where to compute; null: the GPU if one works, else the CPU.</summary>
    public string? Device { get; init; }

    public bool Json { get; init; }

    public ServeSettings Settings { get; init; } = new();

    /// <exception cref="InputException">A value cannot be followed.</exception>
    public static ServeOptions From(ParseResult parsed)
    {
        var settings = new ServeSettings
        {
            Address = AddressOf(parsed.GetRequiredValue<string>("--host")),
            Port = CountOf(parsed, "--port", 0, 65_535),
            ApiKey = KeyOf(parsed.GetValue<string?>("--api-key") ?? Environment.GetEnvironmentVariable(KeyVariable)),
            ImageHosts = parsed.GetRequiredValue<string[]>("--allow-image-host"),
            Limits = new ServeLimits
            {
                BodyBytes = (long)Million * CountOf(parsed, "--max-body-mb", 1, 1000),
                ImageBytes = Million * CountOf(parsed, "--max-image-mb", 1, 250),
                ImagePixels = (long)Million * CountOf(parsed, "--max-image-megapixels", 1, 178),
                Images = CountOf(parsed, "--max-images", 0, 10_000),
                Messages = CountOf(parsed, "--max-messages", 1, 100_000),
                SideBySide = CountOf(parsed, "--side-by-side", 1, 1000),
                Waiting = CountOf(parsed, "--max-waiting", 0, 10_000),
            },
        };
        CommonOptions.RefuseIf(
            settings.ApiKey is null && !IPAddress.IsLoopback(settings.Address),
            $"--host {settings.Address} lets other machines in, "
            + $"so --api-key (or {KeyVariable}) must say what they have to send.");
        return new ServeOptions
        {
            Recipe = RecipeOptions.From(parsed),
            Checkpoint = parsed.RequiredPathOf("--checkpoint"),
            Device = parsed.GetValue<string?>("--device"),
            Json = parsed.GetValue<bool>("--json"),
            Settings = settings,
        };
    }

    private static int CountOf(ParseResult parsed, string name, int least, int most)
    {
        int count = parsed.GetValue<int>(name);
        CommonOptions.RefuseIf(count < least || count > most, $"{name} must be from {least} to {most}.");
        return count;
    }

    private static IPAddress AddressOf(string host)
    {
        if (host == "localhost")
            return IPAddress.Loopback;
        return IPAddress.TryParse(host, out IPAddress? address)
            ? address
            : throw new InputException(
                $"--host '{host}' is not an address. "
                + "Name one of this machine's, such as 127.0.0.1, or 0.0.0.0 for all of them.");
    }

    private static string? KeyOf(string? key)
    {
        bool canBeSent = key is null || (key.Length > 0 && key.All(letter => letter is > ' ' and < '\x7f'));
        CommonOptions.RefuseIf(!canBeSent, "--api-key must be letters, digits and signs of ASCII, without spaces.");
        return key;
    }
}
