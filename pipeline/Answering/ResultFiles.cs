using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Answering;

/// <summary>
/// The results of a question file. <c>results.csv</c> and <c>results.jsonl</c> are written whole
/// when everything is answered. <c>results.progress.jsonl</c> grows with the run: its first line
/// says what decides the answers, and each further line is a finished conversation. A killed
/// process loses only the conversation it was in.
/// </summary>
internal sealed class ResultFiles : IDisposable
{
    private static readonly JsonSerializerOptions Line = new(JsonText.Line)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    private readonly Dictionary<string, IReadOnlyList<AnsweredRound>> _answered = [];
    private readonly FileStream _progress;

    private ResultFiles(string csv, FileStream progress)
    {
        Csv = csv;
        _progress = progress;
    }

    /// <summary>The CSV file: <c>test_name,image_path,question,answer</c>.</summary>
    public string Csv { get; }

    /// <summary>
    /// The same rows as JSON Lines, with an <c>error</c> where there is no answer.
    /// </summary>
    public string JsonLines => JsonLinesOf(Csv);

    /// <summary>The files of a run, by its CSV file, which is the first of them.</summary>
    /// <exception cref="InputException">It is not named as one.</exception>
    public static IReadOnlyList<string> Of(string csv) =>
        csv.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
            ? [csv, JsonLinesOf(csv), Path.ChangeExtension(csv, ".progress.jsonl")]
            : throw new InputException(
                $"--out is '{csv}'; it must end with .csv. The JSON Lines are written beside it.");

    /// <summary>Begins a run, or continues one that was interrupted.</summary>
    /// <param name="csv">The CSV file; the others are beside it.</param>
    /// <param name="basis">What decides the answers, by name.</param>
    /// <param name="fresh">Whether to throw away existing results.</param>
    /// <exception cref="InputException">
    /// The file is not from such a run, or its answers were made differently; the error says how.
    /// </exception>
    /// <exception cref="WorkException">
    /// Another process is writing the files, or they cannot be written.
    /// </exception>
    public static ResultFiles Open(string csv, IReadOnlyDictionary<string, string> basis, bool fresh)
    {
        string progress = Of(csv)[^1];
        if (!fresh && !File.Exists(progress) && File.Exists(csv))
        {
            throw new InputException(
                $"'{csv}' is there already, and not from a run that this could continue. " +
                "Name another file with --out, or write over it with --fresh.");
        }

        ResultFiles? files = null;
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(csv)!);
            files = new ResultFiles(
                csv, new FileStream(progress, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            if (fresh)
                files.Clear();
            files.Resume(basis);
            return files;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            files?.Dispose();
            throw new WorkException(
                $"'{csv}' cannot be written: {exception.Message} If another run is writing it, wait for it.",
                exception);
        }
        catch
        {
            files?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The answers of a conversation, or null if it has to be asked, as after an error.
    /// </summary>
    public IReadOnlyList<AnsweredRound>? Find(AskedConversation conversation)
    {
        bool isAnswered = _answered.TryGetValue(conversation.Name, out IReadOnlyList<AnsweredRound>? rounds)
            && rounds.Count == conversation.Rounds.Count
            && rounds.All(round => round.Error is null);
        return isAnswered ? rounds : null;
    }

    /// <summary>Stores a finished conversation.</summary>
    public void Add(AskedConversation conversation, IReadOnlyList<AnsweredRound> rounds)
    {
        _answered[conversation.Name] = rounds;
        Append(JsonSerializer.SerializeToUtf8Bytes(new Finished { Name = conversation.Name, Rounds = rounds }, Line));
    }

    /// <summary>Writes the results. All conversations must be finished.</summary>
    /// <param name="isSpreadsheetSafe">
    /// Whether a cell of the CSV that a spreadsheet would compute (<c>=1+1</c>) gets an apostrophe,
    /// which makes it text.
    /// </param>
    public void Write(IReadOnlyList<AskedConversation> conversations, bool isSpreadsheetSafe = false)
    {
        Result[] results = [.. conversations.SelectMany(ResultsOf)];
        AtomicFile.Write(JsonLines, temporary => WriteJsonLines(results, temporary));
        AtomicFile.Write(Csv, temporary => WriteCsv(results, temporary, isSpreadsheetSafe));
    }

    public void Dispose() => _progress.Dispose();

    private static string JsonLinesOf(string csv) => Path.ChangeExtension(csv, ".jsonl");

    private static void WriteJsonLines(Result[] results, string path) =>
        File.WriteAllText(path, string.Concat(results.Select(result => JsonSerializer.Serialize(result, Line) + "\n")));

    private static void WriteCsv(Result[] results, string path, bool isSpreadsheetSafe)
    {
        var options = new CsvWriterOptions
        {
            Injection = isSpreadsheetSafe ? CsvInjection.Escape : CsvInjection.None,
        };
        using CsvWriter writer = CsvWriter.ToFile(path, options);
        writer.WriteHeader("test_name", "image_path", "question", "answer");
        foreach (Result result in results)
        {
            string answer = result.Error is null ? result.Answer : $"error: {result.Error}";
            writer.WriteRecord(result.TestName, result.ImagePath, result.Question, answer);
        }
    }

    private IEnumerable<Result> ResultsOf(AskedConversation conversation) =>
        conversation.Rounds.Zip(
            _answered[conversation.Name],
            (asked, answered) => new Result(
                conversation.Name, string.Join(' ', asked.Images), asked.Question, answered.Answer, answered.Error));

    private void Clear()
    {
        _progress.SetLength(0);
        File.Delete(Csv);
        File.Delete(JsonLines);
    }

    private void Resume(IReadOnlyDictionary<string, string> basis)
    {
        string[] lines = ReadProgress();
        if (lines.Length == 0)
        {
            Append(JsonSerializer.SerializeToUtf8Bytes(basis, Line));
            return;
        }

        try
        {
            CheckBasis(Parse<Dictionary<string, string>>(lines[0]), basis);
            foreach (string line in lines[1..])
            {
                var finished = Parse<Finished>(line);
                _answered[finished.Name] = finished.Rounds;
            }
        }
        catch (JsonException exception)
        {
            throw new WorkException(
                $"'{_progress.Name}' is damaged: {exception.Message} Start over with --fresh.", exception);
        }
    }

    private static T Parse<T>(string line) where T : class =>
        JsonSerializer.Deserialize<T>(line, Line) ?? throw new JsonException("a line is null.");

    // Cuts off what follows the last line end: it was being written when the process was killed.
    private string[] ReadProgress()
    {
        byte[] bytes = new byte[_progress.Length];
        _progress.ReadExactly(bytes);
        int whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        _progress.SetLength(whole);
        _progress.Position = whole;
        return Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private void CheckBasis(Dictionary<string, string> before, IReadOnlyDictionary<string, string> now)
    {
        string[] differences =
        [
            .. from name in now.Keys.Union(before.Keys)
               let was = before.GetValueOrDefault(name)
               let isNow = now.GetValueOrDefault(name)
               where was != isNow
               select $"{name} was {was ?? "not there"} and is {isNow ?? "not there"}",
        ];
        if (differences.Length > 0)
        {
            throw new InputException(
                $"'{Csv}' was begun with something else: {string.Join("; ", differences)}. " +
                "Name another file with --out, or start over with --fresh.");
        }
    }

    private void Append(byte[] line)
    {
        _progress.Write([.. line, (byte)'\n']);
        _progress.Flush();
    }

    private sealed record Finished
    {
        public required string Name { get; init; }

        public required IReadOnlyList<AnsweredRound> Rounds { get; init; }
    }

    private sealed record Result(string TestName, string ImagePath, string Question, string Answer, string? Error);
}
