using Spectre.Console;
using VisualChat.Pipeline.Cache;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>cache</c> shows a person.</summary>
internal static class CacheScreen
{
    private const int TableWidth = 100;

    /// <summary>What is kept, and when it goes.</summary>
    public static void WriteList(CacheFolder folder, IReadOnlyList<CacheEntry> entries, TextWriter output)
    {
        string place = PrintableText.Of(folder.Path ?? "no folder (this user has no home folder)");
        if (entries.Count == 0)
        {
            output.WriteLine($"Nothing is kept in {place}.");
            return;
        }

        Table table = Screen.NewTable("kind", "size", "last used");
        table.AddColumn(new TableColumn("name"));
        foreach (CacheEntry entry in entries)
        {
            table.AddRow(
                new Text(entry.Kind.ToName()),
                new Text(ByteCount.Of(entry.Bytes)),
                new Text(entry.LastUsed.ToLocalTime().ToString("yyyy-MM-dd HH:mm")),
                new Text(PrintableText.Of(folder.Has(entry.Path) ? entry.Name : entry.Path)));
        }

        // A narrow window breaks the lines; a table made for it would have nothing but dots.
        IAnsiConsole console = Screen.Of(output);
        console.Profile.Width = Math.Max(console.Profile.Width, TableWidth);
        console.Write(table);
        output.WriteLine($"{ByteCount.Of(entries.Sum(entry => entry.Bytes))} in {place}.");
        output.WriteLine(
            $"What is unused for {CacheAgeing.MaxUnusedDays} days is removed, "
            + $"and the longest unused when all is over {CacheAgeing.MaxGigabytes} GB.");
        output.WriteLine("'visualchat cache clear' removes all, 'visualchat cache clear --help' says how to choose.");
    }

    /// <summary>What was removed, and what stays.</summary>
    public static void WriteRemoval(CacheRemoval removal, bool isDryRun, TextWriter output)
    {
        foreach (CacheEntry entry in removal.InUse)
            output.WriteLine($"Stays, because a command uses it or just did: {Line(entry)}");
        foreach (CacheEntry entry in removal.Removed)
            output.WriteLine($"{(isDryRun ? "Would remove" : "Removed")} {Line(entry)}");
        string freed = ByteCount.Of(removal.Removed.Sum(entry => entry.Bytes));
        output.WriteLine(isDryRun ? $"Would free {freed}. Nothing was removed." : $"Freed {freed}.");
    }

    private static string Line(CacheEntry entry) =>
        $"{entry.Kind.ToName()} {PrintableText.Of(entry.Name)} ({ByteCount.Of(entry.Bytes)})";
}
