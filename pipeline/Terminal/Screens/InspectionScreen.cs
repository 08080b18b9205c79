using Spectre.Console;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>inspect</c> shows a person: tables, a histogram, a conversation. Without colours where no person watches.</summary>
internal sealed class InspectionScreen
{
    private const int LabelWidth = 16;
    private static readonly Style Trained = new(Color.Green, decoration: Decoration.Bold);
    private static readonly Style Shown = new(Color.Blue, decoration: Decoration.Bold);
    private static readonly Style Quiet = new(Color.Grey);

    private readonly IAnsiConsole _console;
    private readonly bool _colors;

    /// <summary>A report to a writer; colours where it is a terminal that has them.</summary>
    public InspectionScreen(TextWriter output)
    {
        _console = Screen.Of(output);
        _colors = _console.Profile.Capabilities.Ansi && _console.Profile.Capabilities.ColorSystem != ColorSystem.NoColors;
    }

    /// <summary>Shows what a split holds.</summary>
    public void Show(SplitSummary summary)
    {
        _console.WriteLine();
        Line($"{summary.Split}: {Count(summary.Total.Samples, "sample")} in {Count(summary.Shards, "shard")}, {Bytes(summary.Bytes)}", Shown);

        Table datasets = Screen.NewTable("recipe entry", "samples", "rounds", "images", "p5", "p50", "p95", "max tokens");
        foreach (DatasetSummary dataset in summary.Datasets.Count == 1 ? summary.Datasets : [.. summary.Datasets, summary.Total])
            Row(
                datasets, dataset.Name, dataset.Samples, dataset.Rounds, dataset.Images,
                dataset.SequenceTokens.P5, dataset.SequenceTokens.P50, dataset.SequenceTokens.P95, dataset.SequenceTokens.Max);
        _console.Write(datasets);

        Table sources = Screen.NewTable("source dataset", "in samples", "rounds", "images");
        foreach (SourceSummary source in summary.Sources)
            Row(sources, source.Name, source.Samples, source.Rounds, source.Images);
        _console.Write(sources);

        if (summary.Lengths.Count == 0)
            return;
        Line("positions in the model, visual tokens included", Quiet);
        int most = summary.Lengths.Max(bin => bin.Samples);
        int width = Math.Max(_console.Profile.Width - LabelWidth - 12, 10);
        foreach (LengthBin bin in summary.Lengths)
        {
            int bar = (int)((((long)bin.Samples * width) + most - 1) / most);
            _console.Write(new Text($"{$"{bin.From}-{bin.To}",LabelWidth} ", Quiet));
            _console.Write(new Text(new string(_console.Profile.Capabilities.Unicode ? '█' : '#', bar), Shown));
            _console.WriteLine($" {Number(bin.Samples)}");
        }
    }

    /// <summary>Shows one sample as a conversation, with what is trained marked.</summary>
    /// <param name="row">The sample.</param>
    /// <param name="rounds">Its ids (<see cref="SampleSpans"/>).</param>
    /// <exception cref="WorkException">A stored image cannot be recognised.</exception>
    public void Show(ShardRow row, IReadOnlyList<IReadOnlyList<TokenSpan>> rounds)
    {
        int trained = rounds.SelectMany(round => round).Where(span => span.Kind == SpanKind.Trained).Sum(span => span.Tokens);
        Line(PrintableText.Of(row.Id), Shown);
        _console.WriteLine(PrintableText.Of($"made by {row.Dataset} from {string.Join(", ", row.Sources)}"));
        _console.WriteLine(
            $"{Count(row.ImageCount, "image")}, {Count(row.Turns.Count, "round")}, {Number(row.TextTokens)} text tokens of which "
            + $"{Number(trained)} trained, {Number(row.SequenceTokens)} positions in the model");
        for (int image = 0; image < row.ImageCount; image++)
        {
            ImageHeader header = ImageProbe.Check(row.Images[image].Bytes.Span);
            _console.WriteLine(PrintableText.Of(
                $"  image {image + 1}: {row.Images[image].Path} ({header.Format} {header.Width} x {header.Height}, {Bytes(row.Images[image].Bytes.Length)})"));
        }

        Line(_colors ? "trained tokens are green" : "trained tokens stand between « and »", Quiet);
        for (int round = 0; round < rounds.Count; round++)
        {
            _console.WriteLine();
            if (round < row.Turns.Count)
                Line(PrintableText.Of($"round {round + 1}: {row.Turns[round].Source}, {row.Turns[round].Record}"), Quiet);
            foreach (TokenSpan span in rounds[round])
                Show(span);
            _console.WriteLine();
        }
    }

    private static void Row(Table table, string name, params long[] numbers) =>
        table.AddRow([new Text(PrintableText.Of(name)), .. numbers.Select(number => new Text(Number(number)))]);

    private static string Number(long number) => number.ToString("#,0");

    private static string Count(int number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";

    private static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} bytes",
        < 1_000_000 => $"{bytes / 1e3:0.#} kB",
        < 1_000_000_000 => $"{bytes / 1e6:0.#} MB",
        _ => $"{bytes / 1e9:0.##} GB",
    };

    private void Show(TokenSpan span)
    {
        string text = PrintableText.Of(span.Text);
        if (span.Kind == SpanKind.Trained && !_colors)
            text = $"«{text}»";
        _console.Write(new Text(text, span.Kind switch { SpanKind.Trained => Trained, SpanKind.Image => Shown, _ => Style.Plain }));
    }

    private void Line(string text, Style style)
    {
        _console.Write(new Text(text, style));
        _console.WriteLine();
    }
}
