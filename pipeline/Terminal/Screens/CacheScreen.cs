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
        foreach (CacheEntry[] together in Rows(entries))
        {
            CacheEntry latest = together[0];
            string name = PrintableText.Of(folder.Has(latest.Path) ? latest.Name : latest.Path);
            table.AddRow(
                new Text(latest.Kind.ToName()),
                new Text(ByteCount.Of(together.Sum(entry => entry.Bytes))),
                new Text(latest.LastUsed.ToLocalTime().ToString("yyyy-MM-dd HH:mm")),
                new Text(together.Length == 1 ? name : $"{together.Length:N0} files"));
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
        foreach (CacheEntry[] together in Rows(removal.InUse))
            output.WriteLine($"Stays, because a command uses it or just did: {Line(together)}");
        foreach (CacheEntry[] together in Rows(removal.Removed))
            output.WriteLine($"{(isDryRun ? "Would remove" : "Removed")} {Line(together)}");
        string freed = ByteCount.Of(removal.Removed.Sum(entry => entry.Bytes));
        output.WriteLine(isDryRun ? $"Would free {freed}. Nothing was removed." : $"Freed {freed}.");
    }

    // A world has a name that says something. Of the other kinds there may be hundreds, named by
    // hashes: they are one row, the last used first. JSON has them all.
    private static IEnumerable<CacheEntry[]> Rows(IEnumerable<CacheEntry> entries) =>
        entries
            .GroupBy(entry => (entry.Kind, World: entry.Kind == CacheKind.World ? entry.Path : null))
            .Select(group => group.OrderByDescending(entry => entry.LastUsed).ToArray());

    private static string Line(CacheEntry[] together)
    {
        string kind = together[0].Kind.ToName();
        string bytes = ByteCount.Of(together.Sum(entry => entry.Bytes));
        return together.Length == 1
            ? $"{kind} {PrintableText.Of(together[0].Name)} ({bytes})"
            : $"{kind}, {together.Length:N0} files ({bytes})";
    }
}
