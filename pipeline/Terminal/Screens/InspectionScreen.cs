using Spectre.Console;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// What <c>inspect</c> shows a person: tables, a histogram, a conversation. Without colours where
/// no person watches.
/// </summary>
internal sealed class InspectionScreen
{
    private const int LabelWidth = 16;
    private static readonly Style Trained = new(Color.Green, decoration: Decoration.Bold);
    private static readonly Style Shown = new(Color.Blue, decoration: Decoration.Bold);
    private static readonly Style Quiet = new(Color.Grey);

    private readonly IAnsiConsole _console;
    private readonly bool _colors;

    /// <summary>Has colours if the writer is a terminal that has them.</summary>
    public InspectionScreen(TextWriter output)
    {
        _console = Screen.Of(output);
        Capabilities terminal = _console.Profile.Capabilities;
        _colors = terminal.Ansi && terminal.ColorSystem != ColorSystem.NoColors;
    }

    /// <summary>Shows what a split holds.</summary>
    public void Show(SplitSummary summary)
    {
        _console.WriteLine();
        string samples = Count(summary.Total.Samples, "sample");
        Line($"{summary.Split}: {samples} in {Count(summary.Shards, "shard")}, {ByteCount.Of(summary.Bytes)}", Shown);
        _console.Write(EntriesOf(summary));
        _console.Write(SourcesOf(summary));
        if (summary.Lengths.Count > 0)
            ShowLengths(summary.Lengths);
    }

    /// <summary>Shows one sample as a conversation, with what is trained marked.</summary>
    /// <param name="rounds">Its ids (<see cref="SampleSpans"/>).</param>
    /// <exception cref="WorkException">A stored image cannot be recognised.</exception>
    public void Show(SampleRow row, IReadOnlyList<IReadOnlyList<TokenSpan>> rounds)
    {
        ShowFacts(row, rounds);
        Line(_colors ? "trained tokens are green" : "trained tokens stand between « and »", Quiet);
        for (int round = 0; round < rounds.Count; round++)
        {
            _console.WriteLine();
            if (round < row.Rounds.Count)
            {
                string origin = $"{row.Rounds[round].Source}, {row.Rounds[round].Record}";
                Line(PrintableText.Of($"round {round + 1}: {origin}"), Quiet);
            }

            foreach (TokenSpan span in rounds[round])
                Show(span);
            _console.WriteLine();
        }
    }

    private static Table EntriesOf(SplitSummary summary)
    {
        Table table = Screen.NewTable(
            "recipe entry", "samples", "rounds", "images", "p5", "p50", "p95", "max tokens");
        bool isOne = summary.Datasets.Count == 1;
        foreach (DatasetSummary entry in isOne ? summary.Datasets : [.. summary.Datasets, summary.Total])
        {
            AddRow(
                table,
                entry.Name,
                entry.Samples,
                entry.Rounds,
                entry.Images,
                entry.SequenceTokens.P5,
                entry.SequenceTokens.P50,
                entry.SequenceTokens.P95,
                entry.SequenceTokens.Max);
        }

        return table;
    }

    private static Table SourcesOf(SplitSummary summary)
    {
        Table table = Screen.NewTable("source dataset", "in samples", "rounds", "images");
        foreach (SourceSummary source in summary.Sources)
            AddRow(table, source.Name, source.Samples, source.Rounds, source.Images);
        return table;
    }

    private void ShowLengths(IReadOnlyList<LengthBin> lengths)
    {
        Line("positions in the model, visual tokens included", Quiet);
        char block = _console.Profile.Capabilities.Unicode ? '█' : '#';
        int most = lengths.Max(bin => bin.Samples);
        int width = Math.Max(_console.Profile.Width - LabelWidth - 12, 10);
        foreach (LengthBin bin in lengths)
        {
            int bar = (int)((((long)bin.Samples * width) + most - 1) / most);
            _console.Write(new Text($"{$"{bin.From}-{bin.To}",LabelWidth} ", Quiet));
            _console.Write(new Text(new string(block, bar), Shown));
            _console.WriteLine($" {Number(bin.Samples)}");
        }
    }

    private void ShowFacts(SampleRow row, IReadOnlyList<IReadOnlyList<TokenSpan>> rounds)
    {
        int trained = rounds
            .SelectMany(round => round)
            .Where(span => span.Kind == SpanKind.Trained)
            .Sum(span => span.Tokens);
        Line(PrintableText.Of(row.Id), Shown);
        _console.WriteLine(PrintableText.Of($"made by {row.Dataset} from {string.Join(", ", row.Sources)}"));
        _console.WriteLine(
            $"{Count(row.ImageCount, "image")}, {Count(row.Rounds.Count, "round")}, "
            + $"{Number(row.TextTokens)} text tokens of which {Number(trained)} trained, "
            + $"{Number(row.SequenceTokens)} positions in the model");
        for (int image = 0; image < row.ImageCount; image++)
        {
            RowImage stored = row.Images[image];
            ImageHeader header = ImageProbe.Check(stored.Bytes.Span);
            string size = $"{header.Format} {header.Width} x {header.Height}, {ByteCount.Of(stored.Bytes.Length)}";
            _console.WriteLine(PrintableText.Of($"  image {image + 1}: {stored.Path} ({size})"));
        }
    }

    private void Show(TokenSpan span)
    {
        string text = PrintableText.Of(span.Text);
        if (span.Kind == SpanKind.Trained && !_colors)
            text = $"«{text}»";
        Style style = span.Kind switch
        {
            SpanKind.Trained => Trained,
            SpanKind.Image => Shown,
            _ => Style.Plain,
        };
        _console.Write(new Text(text, style));
    }

    private void Line(string text, Style style)
    {
        _console.Write(new Text(text, style));
        _console.WriteLine();
    }

    /// <summary>Names come from files that anyone may have written.</summary>
    private static void AddRow(Table table, string name, params long[] numbers) =>
        table.AddRow([new Text(PrintableText.Of(name)), .. numbers.Select(number => new Text(Number(number)))]);

    private static string Number(long number) => number.ToString("#,0");

    private static string Count(int number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";
}
