using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using VisualChat.Model.Safetensors;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat inspect</c>: what a blend's shards hold, in numbers, or one sample, or a page of them.</summary>
public sealed class InspectCommand
{
    private const int DefaultPageSamples = 100;

    private readonly ShardSet _shards;
    private readonly string _folder;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly bool _json;
    private readonly CancellationToken _ct;

    private InspectCommand(string folder, TextWriter output, TextWriter error, bool json, CancellationToken ct)
    {
        _shards = ShardSet.Open(folder);
        _folder = folder;
        _output = output;
        _error = error;
        _json = json;
        _ct = ct;
    }

    /// <summary>The command, for the program's root.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "The folder 'blend' wrote." };
        var sample = new Option<string>("--sample") { Description = "One sample, by its id or its number in the split.", HelpName = "ID|INDEX" };
        var split = new Option<string>("--split") { Description = "Only this split." };
        split.AcceptOnlyFromAmong(ShardSet.Train, ShardSet.Validation);
        var html = new Option<string>("--html") { Description = "Write a page of samples to this file.", HelpName = "FILE" };
        var samples = new Option<int>("--samples")
        {
            Description = "Samples on the page, from the split's first.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultPageSamples,
        };
        var tensors = new Option<string>("--tensors") { Description = "Write the sample as a model takes it in.", HelpName = "FILE.safetensors" };
        Option<bool> json = CommonOptions.Json();

        var command = new Command("inspect", "Show what shards hold: numbers, one sample as a conversation, or a page of samples.")
        {
            folder, sample, split, html, samples, tensors, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(tensors) is not null && result.GetResult(sample) is null)
                result.AddError("--tensors needs --sample: which sample's tensors?");
            if (result.GetResult(samples) is not { Implicit: false })
                return;
            if (result.GetResult(html) is null)
                result.AddError("--samples is for the page that --html writes.");
            if (result.GetValue(samples) < 1)
                result.AddError("--samples must be at least 1.");
        });
        command.SetAction(async (parsed, ct) =>
        {
            var inspect = new InspectCommand(
                parsed.GetRequiredValue(folder), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(json), ct);
            if (parsed.GetValue(sample) is { } wanted)
                await inspect.ShowSampleAsync(wanted, parsed.GetValue(split), parsed.GetValue(html), parsed.GetValue(tensors));
            else
                await inspect.ShowSummaryAsync(parsed.GetValue(split), parsed.GetValue(html), parsed.GetValue(samples));
            return ExitCode.Done;
        });
        return command;
    }

    private async Task ShowSummaryAsync(string? split, string? html, int pageSamples)
    {
        string[] splits = split is null ? [.. _shards.Splits] : [split];
        var summaries = new List<SplitSummary>();
        foreach (string name in splits)
            summaries.Add(await SplitSummarizer.SummarizeAsync(_shards, name, _ct));
        if (html is not null)
            await WritePageAsync(html, splits[0], summaries[0].Total.Samples, FirstRowsAsync(splits[0], pageSamples));

        if (_json)
        {
            await _output.WriteLineAsync(JsonSerializer.Serialize(new { Folder = _folder, Splits = summaries }, OutputFolder.Json));
            return;
        }

        var report = new InspectionScreen(_output);
        foreach (SplitSummary summary in summaries)
            report.Show(summary);
    }

    private async Task ShowSampleAsync(string wanted, string? split, string? html, string? tensors)
    {
        (string foundSplit, int index, ShardRow row) = await FindAsync(wanted, split);
        try
        {
            if (tensors is not null)
            {
                IReadOnlyList<SafetensorsTensor> values = SampleTensors.Of(row, ImageSize());
                await WriteFileAsync(tensors, file =>
                {
                    SafetensorsWriter.Write(file, values, new Dictionary<string, string> { ["format"] = "pt", ["sample"] = row.Id });
                    return Task.CompletedTask;
                });
            }

            if (html is not null)
                await WritePageAsync(html, foundSplit, await _shards.CountAsync(foundSplit, _ct), OneRowAsync(index, row));

            if (_json)
            {
                using var buffer = new MemoryStream();
                await using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = OutputFolder.Json.Encoder }))
                    RowJson.Write(writer, row);
                await _output.WriteLineAsync(Encoding.UTF8.GetString(buffer.ToArray()));
                return;
            }

            string tokenizer = Path.Combine(_folder, "tokenizer.model");
            if (!File.Exists(tokenizer))
                throw new InputException($"{tokenizer}: missing, so that ids cannot be read as text. Copy the blend's tokenizer there, or use --json.");
            new InspectionScreen(_output).Show(row, SampleSpans.Of(row, SentencePieceTokenizer.Load(tokenizer)));
        }
        catch (UnusableImageException exception)
        {
            throw new WorkException($"{row.Id}: an image of the shard cannot be used ({exception.Message}). Make the shards again with 'blend --fresh'.", exception);
        }
    }

    private async Task<(string Split, int Index, ShardRow Row)> FindAsync(string wanted, string? split)
    {
        string[] splits = split is null ? [.. _shards.Splits] : [split];
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return await _shards.FindAsync(splits[0], number, _ct) is { } row
                ? (splits[0], number, row)
                : throw new InputException($"{_folder}: no sample {number} in {splits[0]}, which has {await _shards.CountAsync(splits[0], _ct)}, counted from 0.");
        }

        foreach (string name in splits)
        {
            int index = await _shards.IndexOfAsync(name, wanted, _ct);
            if (index >= 0)
                return (name, index, (await _shards.FindAsync(name, index, _ct))!);
        }

        throw new InputException($"{_folder}: no sample '{wanted}' in {string.Join(" or ", splits)}. Give an id, or a number counted from 0.");
    }

    private async IAsyncEnumerable<(int Index, ShardRow Row)> FirstRowsAsync(
        string split, int count, [EnumeratorCancellation] CancellationToken ct = default)
    {
        int index = 0;
        await foreach (ShardRow row in _shards.ReadRowsAsync(split, ct))
        {
            if (index == count)
                yield break;
            yield return (index++, row);
        }
    }

    private static async IAsyncEnumerable<(int Index, ShardRow Row)> OneRowAsync(int index, ShardRow row)
    {
        await Task.CompletedTask;
        yield return (index, row);
    }

    private async Task WritePageAsync(string path, string split, int total, IAsyncEnumerable<(int Index, ShardRow Row)> rows)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder)));
        int size = ImageSize();
        await WriteFileAsync(path, file => SamplePage.WriteAsync(file, $"{name}: {split}", split, total, rows, size, _ct));
    }

    private async Task WriteFileAsync(string path, Func<Stream, Task> write)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent && !Directory.Exists(parent))
            throw new InputException($"{path}: there is no folder '{parent}'. Make it first, or name another file.");
        string temporary = $"{path}.tmp";
        FileStream file = File.Create(temporary);
        try
        {
            await using (file)
                await write(file);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        await _error.WriteLineAsync($"Wrote {path}.");
    }

    private int ImageSize()
    {
        string recipe = Path.Combine(_folder, "recipe.yaml");
        return (File.Exists(recipe) ? RecipeReader.Read(recipe, []).Images : new ImageSettings()).Size;
    }
}
