using System.CommandLine;
using System.Text.Json;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat cache</c>: what is kept for later runs; <c>visualchat cache clear</c> removes it.
/// </summary>
internal static class CacheCommand
{
    public static Command Create(CommandConsole console)
    {
        var clear = new Command("clear", "Remove what is kept. What a running command uses stays.")
        {
            new Argument<string?>("KIND")
            {
                Description = "Only this kind: world, index, checksums, native or unfinished.",
                DefaultValueFactory = _ => null,
            }.AcceptOnlyFromAmong(CacheKindNames.All),
            new Option<string?>("--older-than")
            {
                HelpName = "AGE",
                Description = "Only what no command has used for that long, such as 30d or 12h.",
            },
            new Option<bool>("--dry-run") { Description = "Say what would be removed, and remove nothing." },
            CommonOptions.Json(),
        };
        clear.SetAction(parsed => Clear(CacheClearOptions.From(parsed), console));
        var command = new Command(
            "cache", "List what is kept for later runs (sample worlds, indexes of datasets), or remove it.")
        {
            clear,
            CommonOptions.Json(),
        };
        command.SetAction(parsed => List(CacheFolder.OfUser(), parsed.GetValue<bool>("--json"), console));
        return command;
    }

    public static int List(CacheFolder folder, bool isJson, CommandConsole console)
    {
        IReadOnlyList<CacheEntry> entries = folder.List();
        if (isJson)
        {
            var document = new { Folder = folder.Path, Bytes = entries.Sum(entry => entry.Bytes), Entries = entries };
            console.Output.WriteLine(JsonSerializer.Serialize(document, JsonText.Indented));
        }
        else
        {
            CacheScreen.WriteList(folder, entries, console.Output);
        }

        return ExitCode.Done;
    }

    public static int Clear(CacheClearOptions options, CommandConsole console)
    {
        CacheEntry[] chosen = [.. options.Folder.List().Where(options.Includes)];
        var removal = CacheRemoval.Of(chosen, options.DryRun);
        if (options.Json)
            console.Output.WriteLine(JsonOf(removal, options));
        else
            CacheScreen.WriteRemoval(removal, options.DryRun, console.Output);
        foreach ((CacheEntry entry, string problem) in removal.Failed)
            console.Error.WriteLine($"error: {entry.Path} was not removed: {problem}");
        return removal.Failed.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string JsonOf(CacheRemoval removal, CacheClearOptions options)
    {
        var document = new
        {
            Folder = options.Folder.Path,
            options.DryRun,
            FreedBytes = removal.Removed.Sum(entry => entry.Bytes),
            removal.Removed,
            removal.InUse,
            Failed = removal.Failed.Select(failed => new { failed.Entry.Path, failed.Problem }),
        };
        return JsonSerializer.Serialize(document, JsonText.Indented);
    }
}
