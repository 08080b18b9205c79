using Spectre.Console;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// What every screen is made of: consoles and tables. A console has colours and the window's width
/// on a terminal; in a pipe or a file it is plain and 120 columns wide.
/// </summary>
/// <remarks>What a person sees of X is an <c>XScreen</c>.</remarks>
internal static class Screen
{
    private const int PlainWidth = 120;

    /// <summary>A console over a writer.</summary>
    public static IAnsiConsole Of(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(PrintableWriter.Under(writer));
        AnsiSupport ansi = output.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output, Ansi = ansi });
        if (!output.IsTerminal)
            console.Profile.Width = PlainWidth;
        return console;
    }

    /// <summary>
    /// A table of figures: the first column names the row, the others are numbers to its right,
    /// never broken over lines.
    /// </summary>
    public static Table NewTable(string first, params string[] figures)
    {
        Table table = new Table().Border(TableBorder.SimpleHeavy).AddColumn(new TableColumn(first).NoWrap());
        foreach (string heading in figures)
            table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        return table;
    }

    /// <summary>Adds a row of figures to a table.</summary>
    public static void AddRow(this Table table, string name, params long[] figures) =>
        table.AddRow([Markup.Escape(PrintableText.Of(name)), .. figures.Select(figure => $"{figure:N0}")]);

    /// <summary>
    /// Says which datasets have records that were changed so that they can be used.
    /// </summary>
    public static void WriteMended(
        IEnumerable<(string Name, IReadOnlyList<MendSummary> Mended)> datasets, TextWriter output)
    {
        foreach ((string name, IReadOnlyList<MendSummary> mended) in datasets)
        {
            foreach (MendSummary summary in mended)
                output.WriteLine(PrintableText.Of($"{name}: mended: {summary}"));
        }
    }
}
