using System.Text.Json;
using System.Text.Unicode;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// Reads the body of <c>POST /v1/chat/completions</c>. Unknown fields are ignored, as OpenAI's
/// clients expect; known ones must have the right type and make sense.
/// </summary>
/// <param name="limits">How much is taken.</param>
/// <param name="defaults">How answers are made where a request does not say.</param>
internal sealed class ChatRequestReader(ServeLimits limits, SamplingSettings defaults)
{
    private const int MostStops = 4;
    private const int LongestStop = 1000;

    private readonly MessageReader _messages = new(limits);

    /// <param name="body">JSON in UTF-8. The request keeps no reference to it.</param>
    /// <exception cref="ApiException">The body is wrong; the error says where.</exception>
    public ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
            throw new ApiException(400, "The body is not UTF-8 text.");
        using JsonDocument document = Parse(body);
        try
        {
            return Read(new JsonField(document.RootElement, ""));
        }
        catch (InvalidOperationException)
        {
            // The name of a field is not text.
            throw new ApiException(400, "The body holds half of a surrogate pair, which is not a character.");
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            (long? line, long? place) = (exception.LineNumber + 1, exception.BytePositionInLine + 1);
            throw new ApiException(400, $"The body is not JSON: line {line}, byte {place}.");
        }
    }

    private ChatRequest Read(JsonField body)
    {
        if (body.Find("n") is { } count && count.WholeNumber(1, long.MaxValue) != 1)
            throw ApiException.WrongValue("n", "one answer is given; ask again for another.", "unsupported_value");
        SamplingSettings sampling = ReadSampling(body);
        string[] stops = body.Find("stop") is { } stop ? ReadStops(stop) : [];
        bool stream = body.Find("stream")?.Flag() ?? false;
        bool includeUsage = body.Find("stream_options")?.Find("include_usage")?.Flag() ?? false;
        string? model = body.Find("model")?.Text();
        (string? system, IReadOnlyList<RequestRound> rounds) = _messages.Read(body.Member("messages"));
        return new ChatRequest
        {
            Model = model,
            System = system,
            Rounds = rounds,
            Settings = new AnswerSettings { Sampling = sampling, Stops = stops },
            Stream = stream,
            IncludeUsage = includeUsage,
        };
    }

    private SamplingSettings ReadSampling(JsonField body)
    {
        double temperature = body.Find("temperature")?.Number(0, 2) ?? defaults.Temperature;
        return defaults with
        {
            Temperature = temperature,
            TopP = body.Find("top_p") is { } topP ? AboveZero(topP.Number(0, 1)) : defaults.TopP,
            TopK = Count(body.Find("top_k"), least: 0) ?? defaults.TopK,
            RepetitionPenalty = body.Find("repetition_penalty")?.Number(0.01, 100) ?? defaults.RepetitionPenalty,
            MaxNewTokens = Count(body.Find("max_completion_tokens") ?? body.Find("max_tokens"), least: 1)
                ?? defaults.MaxNewTokens,
            Seed = body.Find("seed")?.WholeNumber(long.MinValue, long.MaxValue)
                ?? (temperature > 0 ? Random.Shared.NextInt64() : defaults.Seed),
        };

        // A sum of 0 keeps the likeliest token, as any smaller sum than its probability does.
        static double AboveZero(double share) => Math.Max(share, double.Epsilon);

        static int? Count(JsonField? field, int least) => (int?)field?.WholeNumber(least, int.MaxValue);
    }

    private static string[] ReadStops(JsonField stop)
    {
        JsonField[] fields = stop.Value.ValueKind switch
        {
            JsonValueKind.String => [stop],
            JsonValueKind.Array => [.. stop.Items()],
            _ => throw stop.WrongType("a string or an array of strings"),
        };
        if (fields.Length > MostStops)
            throw ApiException.WrongValue("stop", $"at most {MostStops} are looked for.", "array_above_max_length");
        return [.. fields.Select(ReadStop)];
    }

    private static string ReadStop(JsonField field)
    {
        string text = field.Text();
        if (text.Length == 0)
            throw ApiException.WrongValue(field.Path, "it is empty.", "empty_string");
        if (text.Length > LongestStop)
        {
            throw ApiException.WrongValue(
                field.Path, $"it is longer than {LongestStop} characters.", "string_above_max_length");
        }

        return text;
    }
}
