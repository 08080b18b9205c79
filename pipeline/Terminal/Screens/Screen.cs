using Spectre.Console;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>Consoles for what a person reads: with colours and the window's width on a terminal, plain and 120 columns wide in a pipe or a file.</summary>
internal static class Screen
{
    private const int PlainWidth = 120;

    /// <summary>A console over a writer.</summary>
    public static IAnsiConsole Of(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output, Ansi = output.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No });
        if (!output.IsTerminal)
            console.Profile.Width = PlainWidth;
        return console;
    }

    /// <summary>A table of figures: the first column names the row, the others are numbers to its right, never broken over lines.</summary>
    public static Table NewTable(string first, params string[] figures)
    {
        Table table = new Table().Border(TableBorder.SimpleHeavy).AddColumn(new TableColumn(first).NoWrap());
        foreach (string heading in figures)
            table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        return table;
    }
}
