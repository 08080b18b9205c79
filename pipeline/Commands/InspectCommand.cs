using System.CommandLine;
using System.Text;
using System.Text.Json;
using VisualChat.Model.Safetensors;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat inspect</c>: what a blend's shards hold, in numbers, or one sample, or a page of
/// them.
/// </summary>
internal static class InspectCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command(
            "inspect", "Show what shards hold: numbers, one sample as a conversation, or a page of samples.")
        {
            new Argument<string>("DIR") { Description = "The folder 'blend' wrote." },
            new Option<string>("--sample")
            {
                HelpName = "ID|INDEX",
                Description = "One sample, by its id or its number in the split.",
            },
            new Option<string>("--split") { Description = "Only this split." }
                .AcceptOnlyFromAmong(ShardSet.Train, ShardSet.Validation),
            new Option<string>("--html") { HelpName = "FILE", Description = "Write a page of samples to this file." },
            new Option<int>("--samples")
            {
                HelpName = "N",
                Description = "Samples on the page, from the split's first.",
                DefaultValueFactory = _ => InspectOptions.DefaultPageSamples,
            },
            new Option<string>("--tensors")
            {
                HelpName = "FILE.safetensors",
                Description = "Write the sample as a model takes it in.",
            },
            CommonOptions.Json(),
        };
        command.Validators.Add(InspectOptions.Refuse);
        command.SetAction((parsed, cancellation) => RunAsync(InspectOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        InspectOptions options, CommandConsole console, CancellationToken cancellation)
    {
        RequireOutput("--html", options.Html);
        RequireOutput("--tensors", options.Tensors);
        var shards = ShardSet.Open(options.Folder);
        await CheckAsync(shards, options, console, cancellation);
        if (options.Sample is null)
            await ShowSummaryAsync(shards, options, console, cancellation);
        else
            await ShowSampleAsync(shards, options, console, cancellation);
        return ExitCode.Done;
    }

    /// <summary>Before the shards are read.</summary>
    private static void RequireOutput(string option, string? path)
    {
        if (path is null)
            return;
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent && !Directory.Exists(parent))
            throw new InputException($"{path}: there is no folder '{parent}'. Make it first, or name another file.");
        OutputPath.RequireFile(option, path);
    }

    /// <summary>Compares the shards to be read with what the blend recorded of them.</summary>
    private static async Task CheckAsync(
        ShardSet shards, InspectOptions options, CommandConsole console, CancellationToken cancellation)
    {
        string[] splits = options.Split is null ? [.. shards.Splits] : [options.Split];
        string[] files = [.. splits.SelectMany(shards.FilesOf).Select(file => Path.GetFileName(file))];
        ManifestShard[] recorded =
        [
            .. new OutputFolder(options.Folder).RecordedShards()
                .Where(shard => splits.Any(shard.IsOf)),
        ];
        string[] unknown = [.. files.Except(recorded.Select(shard => Path.GetFileName(shard.Path)))];
        if (unknown.Length > 0)
        {
            string more = unknown.Length > 1 ? $" and {unknown.Length - 1:N0} more" : "";
            await console.Error.WriteLineAsync(
                $"Not checked, because the blend recorded no checksum: {unknown[0]}{more}.");
        }

        var check = new ShardCheck(options.Folder, CacheFolder.OfUser().Hashes(console.Error));
        _ = await ProgressScreen.CheckingShardsAsync(console.Error, async progress =>
        {
            await check.VerifyAsync(recorded, progress, cancellation);
            return recorded;
        });
    }

    private static async Task ShowSummaryAsync(
        ShardSet shards, InspectOptions options, CommandConsole console, CancellationToken cancellation)
    {
        string[] splits = options.Split is null ? [.. shards.Splits] : [options.Split];
        var summaries = new List<SplitSummary>();
        foreach (string split in splits)
            summaries.Add(await SplitSummarizer.SummarizeAsync(shards, split, cancellation));
        if (options.Html is not null)
        {
            IAsyncEnumerable<FoundSample> samples =
                FoundSample.FirstAsync(shards, splits[0], options.PageSamples, cancellation);
            await WritePageAsync(splits[0], summaries[0].Total.Samples, samples, options, console, cancellation);
        }

        if (options.Json)
        {
            string json = JsonSerializer.Serialize(new { options.Folder, Splits = summaries }, JsonText.Indented);
            await console.Output.WriteLineAsync(json);
            return;
        }

        var screen = new InspectionScreen(console.Output);
        foreach (SplitSummary summary in summaries)
            screen.Show(summary);
    }

    private static async Task ShowSampleAsync(
        ShardSet shards, InspectOptions options, CommandConsole console, CancellationToken cancellation)
    {
        FoundSample found = await FoundSample.FindAsync(
            shards, options.Folder, options.Sample!, options.Split, cancellation);
        try
        {
            if (options.Tensors is not null)
                await WriteTensorsAsync(found.Row, options, console);
            if (options.Html is not null)
            {
                int all = await shards.CountAsync(found.Split, cancellation);
                await WritePageAsync(found.Split, all, found.AloneAsync(), options, console, cancellation);
            }

            if (options.Json)
                await console.Output.WriteLineAsync(JsonOf(found.Row));
            else
                ShowConversation(found.Row, options, console);
        }
        catch (UnusableImageException exception)
        {
            throw new WorkException(
                $"{found.Row.Id}: an image of the shard cannot be used ({exception.Message}). "
                + "Make the shards again with 'blend --fresh'.",
                exception);
        }
    }

    private static void ShowConversation(SampleRow row, InspectOptions options, CommandConsole console)
    {
        string tokenizer = Path.Combine(options.Folder, "tokenizer.model");
        if (!File.Exists(tokenizer))
        {
            throw new InputException(
                $"{tokenizer}: missing, so that ids cannot be read as text. "
                + "Copy the blend's tokenizer there, or use --json.");
        }

        var pieces = SentencePieceTokenizer.Load(tokenizer);
        if (new OutputFolder(options.Folder).ReadManifest() is { } manifest
            && manifest.TokenizerSha256 != pieces.Fingerprint)
        {
            throw new WorkException(
                $"'{tokenizer}' is damaged: it is not the tokenizer that the shards were made with. "
                + "Copy that one there, or use --json.");
        }

        var rounds = SampleSpans.Of(row, pieces);
        new InspectionScreen(console.Output).Show(row, rounds);
    }

    private static string JsonOf(SampleRow row)
    {
        using var buffer = new MemoryStream();
        var format = new JsonWriterOptions { Indented = true, Encoder = JsonText.Indented.Encoder };
        using (var writer = new Utf8JsonWriter(buffer, format))
            RowJson.Write(writer, row);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static Task WriteTensorsAsync(SampleRow row, InspectOptions options, CommandConsole console)
    {
        IReadOnlyList<SafetensorsTensor> tensors = SampleTensors.Of(row, FrameOf(options.Folder));
        return WriteFileAsync(options.Tensors!, console, file =>
        {
            var remarks = new Dictionary<string, string> { ["format"] = "pt", ["sample"] = row.Id };
            SafetensorsWriter.Write(file, tensors, remarks);
            return Task.CompletedTask;
        });
    }

    private static Task WritePageAsync(
        string split,
        int samplesOfSplit,
        IAsyncEnumerable<FoundSample> samples,
        InspectOptions options,
        CommandConsole console,
        CancellationToken cancellation)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Folder)));
        ImageFrame frame = FrameOf(options.Folder);
        IAsyncEnumerable<(int, SampleRow)> rows = samples.Select(sample => (sample.Index, sample.Row));
        return WriteFileAsync(options.Html!, console, file =>
            SamplePage.WriteAsync(file, $"{name}: {split}", split, samplesOfSplit, rows, frame, cancellation));
    }

    /// <summary>Writes a file that appears whole or not at all.</summary>
    private static async Task WriteFileAsync(string path, CommandConsole console, Func<Stream, Task> write)
    {
        await AtomicFile.WriteAsync(path, async temporary =>
        {
            await using FileStream file = File.Create(temporary);
            await write(file);
        });
        await console.Error.WriteLineAsync($"Wrote {path}.");
    }

    private static ImageFrame FrameOf(string folder)
    {
        string recipe = Path.Combine(folder, "recipe.yaml");
        ImageSettings images = File.Exists(recipe)
            ? RecipeReader.Read(recipe, [], SourceRegistry.Names).Images
            : new ImageSettings();
        return images.Frame;
    }
}
