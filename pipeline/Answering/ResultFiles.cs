using System.Text.Json;
using CsvHelper;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Answering;

/// <summary>
/// The results of a file of questions: <c>results.csv</c> and <c>results.jsonl</c>, each written whole when all is done, and <c>results.progress.jsonl</c>, which has what was answered when: a line that says what
/// decides the answers, then one for each conversation as it is finished. A process that is killed loses the conversation it is in.
/// </summary>
public sealed class ResultFiles : IDisposable
{
    private static readonly JsonSerializerOptions Line = new(OutputFolder.Json) { WriteIndented = false, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private readonly Dictionary<string, IReadOnlyList<AnsweredRound>> _answered = [];
    private readonly FileStream _progress;

    private ResultFiles(string csv, FileStream progress)
    {
        Csv = csv;
        _progress = progress;
    }

    /// <summary>The CSV file: <c>test_name,image_path,question,answer</c>.</summary>
    public string Csv { get; }

    /// <summary>The same rows as JSON Lines, with an <c>error</c> where there is no answer.</summary>
    public string JsonLines => Path.ChangeExtension(Csv, ".jsonl");

    /// <summary>Begins, or goes on where a process was stopped.</summary>
    /// <param name="csv">The CSV file; the others are beside it.</param>
    /// <param name="basis">What decides the answers, by name.</param>
    /// <param name="fresh">Whether to throw away what is there.</param>
    /// <exception cref="InputException">Something else is there, or answers made otherwise; what differs is named.</exception>
    /// <exception cref="WorkException">Another process is writing them, or they cannot be written.</exception>
    public static ResultFiles Open(string csv, IReadOnlyDictionary<string, string> basis, bool fresh)
    {
        string path = Path.ChangeExtension(csv, ".progress.jsonl");
        if (!csv.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"--out is '{csv}'; it must end with .csv. The JSON Lines are written beside it.");
        if (!fresh && !File.Exists(path) && File.Exists(csv))
            throw new InputException($"'{csv}' is there already, and not from a run that this could continue. Name another file with --out, or write over it with --fresh.");
        ResultFiles? files = null;
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(csv)!);
            files = new ResultFiles(csv, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            if (fresh)
            {
                files._progress.SetLength(0);
                File.Delete(csv);
                File.Delete(files.JsonLines);
            }

            files.Resume(basis);
            return files;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            files?.Dispose();
            throw new WorkException($"'{csv}' cannot be written: {exception.Message} If another run is writing it, wait for it.", exception);
        }
        catch
        {
            files?.Dispose();
            throw;
        }
    }

    /// <summary>The answers of a conversation that needs not be asked again; null if it does, as one with an error does.</summary>
    public IReadOnlyList<AnsweredRound>? Find(AskedConversation conversation) =>
        _answered.TryGetValue(conversation.Name, out IReadOnlyList<AnsweredRound>? rounds) && rounds.Count == conversation.Rounds.Count && rounds.All(round => round.Error is null) ? rounds : null;

    /// <summary>Keeps a finished conversation.</summary>
    public void Add(AskedConversation conversation, IReadOnlyList<AnsweredRound> rounds)
    {
        _answered[conversation.Name] = rounds;
        Append(JsonSerializer.SerializeToUtf8Bytes(new Finished(conversation.Name, rounds), Line));
    }

    /// <summary>Writes the results, all of whose conversations are finished.</summary>
    public void Write(IReadOnlyList<AskedConversation> conversations)
    {
        var rows = conversations
            .SelectMany(conversation => conversation.Rounds.Zip(_answered[conversation.Name], (asked, answered) => (conversation.Name, Asked: asked, Answered: answered)))
            .Select(row => (Row: new Result(row.Name, string.Join(' ', row.Asked.Images), row.Asked.Question, row.Answered.Answer), row.Answered.Error))
            .ToArray();
        AtomicFile.Write(JsonLines, temporary => File.WriteAllText(
            temporary, string.Concat(rows.Select(row => JsonSerializer.Serialize(new { row.Row.TestName, row.Row.ImagePath, row.Row.Question, row.Row.Answer, row.Error }, Line) + "\n"))));
        AtomicFile.Write(Csv, temporary =>
        {
            using CsvWriter writer = CsvWriter.ToFile(temporary);
            writer.WriteHeader("test_name", "image_path", "question", "answer");
            foreach ((Result row, string? error) in rows)
                writer.WriteRecord(row.TestName, row.ImagePath, row.Question, error is null ? row.Answer : $"error: {error}");
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _progress.Dispose();

    private void Resume(IReadOnlyDictionary<string, string> basis)
    {
        byte[] bytes = new byte[_progress.Length];
        _progress.ReadExactly(bytes);

        // What follows the last line end was being written when the process was killed.
        int whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        _progress.SetLength(whole);
        _progress.Position = whole;
        string[] lines = System.Text.Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0)
        {
            Append(JsonSerializer.SerializeToUtf8Bytes(basis, Line));
            return;
        }

        try
        {
            var before = JsonSerializer.Deserialize<Dictionary<string, string>>(lines[0], Line)!;
            string[] different = [.. basis.Keys.Union(before.Keys).Where(name => basis.GetValueOrDefault(name) != before.GetValueOrDefault(name))
                .Select(name => $"{name} was {before.GetValueOrDefault(name) ?? "not there"} and is {basis.GetValueOrDefault(name) ?? "not there"}")];
            if (different.Length > 0)
                throw new InputException($"'{Csv}' was begun with something else: {string.Join("; ", different)}. Name another file with --out, or start over with --fresh.");
            foreach (string line in lines[1..])
            {
                Finished finished = JsonSerializer.Deserialize<Finished>(line, Line)!;
                _answered[finished.Name] = finished.Rounds;
            }
        }
        catch (JsonException exception)
        {
            throw new WorkException($"'{_progress.Name}' is damaged: {exception.Message} Start over with --fresh.", exception);
        }
    }

    private void Append(byte[] line)
    {
        _progress.Write([.. line, (byte)'\n']);
        _progress.Flush();
    }

    private sealed record Finished(string Name, IReadOnlyList<AnsweredRound> Rounds);

    private sealed record Result(string TestName, string ImagePath, string Question, string Answer);
}
