using System.Text.Json;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Answering;

/// <summary>
/// Reads the JSON of a <see cref="QuestionFile"/> token by token: memory follows the questions that
/// are taken, not what else is in the file.
/// </summary>
internal ref struct QuestionReader
{
    private const string WrongRoot =
        """it must be an object of conversations: {"name": [["question", "image1.jpg image2.jpg"], """ +
        """["follow-up question"]]}.""";

    private const string RoundForms = """["question"], ["question", "paths"] or ["question", ["path", ...]]""";

    // A file of another form has a problem in each line.
    private const int MostProblems = 20;

    private readonly List<string> _problems = [];
    private Utf8JsonReader _json;

    private QuestionReader(ReadOnlySpan<byte> json) => _json = new Utf8JsonReader(json);

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="InputException">
    /// It has another form; the first problems are listed.
    /// </exception>
    public static List<AskedConversation> Read(ReadOnlySpan<byte> file)
    {
        var reader = new QuestionReader(
            file.StartsWith(ByteOrderMark) ? file[ByteOrderMark.Length..] : file);
        try
        {
            List<AskedConversation> conversations = reader.ReadConversations();
            return reader._problems.Count == 0 ? conversations : throw new InputException(reader._problems);
        }
        catch (JsonException exception)
        {
            throw new InputException($"it is not JSON: {exception.Message}");
        }
    }

    private List<AskedConversation> ReadConversations()
    {
        List<AskedConversation> conversations = [];
        HashSet<string> names = [];
        _ = _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
            throw new InputException(WrongRoot);
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text("The name of a conversation");
            if (!names.Add(name))
                Report($"'{name}' is there twice.");
            _ = _json.Read();
            List<AskedRound> rounds = ReadRounds(name, out int count);
            if (count == 0)
                Report($"'{name}' must be an array of rounds.");
            conversations.Add(new AskedConversation(name, rounds));
        }

        if (conversations.Count == 0)
            throw new InputException(WrongRoot);

        // Only JSON's own rules can be broken after this; reading on checks them.
        while (_json.Read())
            continue;
        return conversations;
    }

    private List<AskedRound> ReadRounds(string name, out int count)
    {
        List<AskedRound> rounds = [];
        count = 0;
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _json.Skip();
            return rounds;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            count++;
            string place = $"round {count} of '{name}'";
            if (ReadRound(place) is { } round)
                rounds.Add(round);
            else
                Report($"{place} must be {RoundForms}.");
        }

        return rounds;
    }

    // Null if it has another form. It is read to its end in any case.
    private AskedRound? ReadRound(string place)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _json.Skip();
            return null;
        }

        string? question = null;
        List<string>? images = [];
        int values = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            values++;
            if (values == 1 && _json.TokenType == JsonTokenType.String)
                question = Text(place);
            else if (values == 2)
                images = ReadPaths(place);
            else
                _json.Skip();
        }

        return question is not null && images is not null && values <= 2 ? new AskedRound(question, images) : null;
    }

    // Null if they have another form.
    private List<string>? ReadPaths(string place)
    {
        List<string> paths = [];
        switch (_json.TokenType)
        {
            case JsonTokenType.Null:
                return paths;
            case JsonTokenType.String:
                string path = Text(place);
                if (!string.IsNullOrWhiteSpace(path))
                    paths.Add(path);
                return paths;
            case JsonTokenType.StartArray:
                bool areTexts = true;
                while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
                {
                    if (_json.TokenType == JsonTokenType.String)
                    {
                        paths.Add(Text(place));
                        continue;
                    }

                    areTexts = false;
                    _json.Skip();
                }

                return areTexts ? paths : null;
            default:
                _json.Skip();
                return null;
        }
    }

    private readonly string Text(string place)
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new InputException(
                $"{place} is not text: it has bytes that are not UTF-8, or half of a surrogate pair.");
        }
    }

    private readonly void Report(string problem)
    {
        _problems.Add(problem);
        if (_problems.Count < MostProblems)
            return;
        _problems.Add("... and perhaps more; reading ended here.");
        throw new InputException(_problems);
    }
}
