using System.Text.Json;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// Reads the body of <c>POST /v1/chat/completions</c> as it arrives. Unknown fields are ignored, as
/// OpenAI's clients expect; known ones must have the right type and make sense. Of a field that is
/// there twice the last counts. The first error ends the reading.
/// </summary>
/// <param name="limits">How much is taken.</param>
/// <param name="defaults">How answers are made where a request does not say.</param>
internal sealed class ChatRequestReader(ServeLimits limits, SamplingSettings defaults)
{
    private const int MostStops = 4;
    private const int LongestStop = 1000;

    /// <param name="bytes">The body: JSON in UTF-8.</param>
    /// <param name="lease">Pays for what the reading and the request hold.</param>
    /// <param name="maxCharacters">Characters of text that the model can reach at most.</param>
    /// <exception cref="ApiException">The body is wrong; the error says where.</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<ChatRequest> ReadAsync(Stream bytes, BodyLease lease, int maxCharacters)
    {
        using var body = new BodyReader(bytes, lease, limits, ImageField.LongestUrl(limits.ImageBytes));
        var messages = new MessageReader(body, lease, limits, maxCharacters);
        var fields = new Fields();
        await body.NextAsync();
        new JsonField(body, "").RequireObject();
        while (await body.NextNameAsync() is { } name)
        {
            await body.NextAsync();
            await ReadAsync(new JsonField(body, name), fields, messages);
        }

        await body.EndAsync();
        (string? system, IReadOnlyList<RequestRound> rounds) = messages.Rounds();
        return new ChatRequest
        {
            Model = fields.Model,
            System = system,
            Rounds = rounds,
            Settings = new AnswerSettings { Sampling = SamplingOf(fields), Stops = fields.Stops },
            Stream = fields.Stream,
            IncludeUsage = fields.IncludeUsage,
        };
    }

    private static async ValueTask ReadAsync(JsonField field, Fields fields, MessageReader messages)
    {
        switch (field.Path)
        {
            case "messages":
                await messages.ReadAsync(field);
                break;
            case "model":
                fields.Model = field.TextOrNull();
                break;
            case "n" when field.WholeNumber(1, long.MaxValue) is > 1:
                throw ApiException.WrongValue("n", "one answer is given; ask again for another.", "unsupported_value");
            case "temperature":
                fields.Temperature = field.Number(0, 2);
                break;
            case "top_p":
                fields.TopP = field.Number(0, 1);
                break;
            case "top_k":
                fields.TopK = field.WholeNumber(0, int.MaxValue);
                break;
            case "repetition_penalty":
                fields.RepetitionPenalty = field.Number(0.01, 100);
                break;
            case "max_completion_tokens":
                fields.MaxCompletionTokens = field.WholeNumber(1, int.MaxValue);
                break;
            case "max_tokens":
                fields.MaxTokens = field.WholeNumber(1, int.MaxValue);
                break;
            case "seed":
                fields.Seed = field.WholeNumber(long.MinValue, long.MaxValue);
                break;
            case "stop":
                fields.Stops = await ReadStopsAsync(field);
                break;
            case "stream":
                fields.Stream = field.Flag();
                break;
            case "stream_options":
                fields.IncludeUsage = await ReadIncludeUsageAsync(field);
                break;
            default:
                await field.Body.SkipAsync();
                break;
        }
    }

    private static async ValueTask<bool> ReadIncludeUsageAsync(JsonField options)
    {
        bool includeUsage = false;
        if (options.IsNull)
            return includeUsage;
        options.RequireObject();
        while (await options.Body.NextNameAsync() is { } name)
        {
            await options.Body.NextAsync();
            if (name == "include_usage")
                includeUsage = new JsonField(options.Body, options.PathOf(name)).Flag();
            else
                await options.Body.SkipAsync();
        }

        return includeUsage;
    }

    private static async ValueTask<IReadOnlyList<string>> ReadStopsAsync(JsonField stop)
    {
        switch (stop.Kind)
        {
            case JsonTokenType.Null:
                return [];
            case JsonTokenType.String:
                return [ReadStop(stop)];
            case JsonTokenType.StartArray:
                break;
            default:
                throw stop.WrongType("a string or an array of strings");
        }

        List<string> stops = [];
        while (true)
        {
            await stop.Body.NextAsync();
            if (stop.Kind == JsonTokenType.EndArray)
                return stops;
            if (stops.Count == MostStops)
                throw ApiException.WrongValue("stop", $"at most {MostStops} are looked for.", "array_above_max_length");
            stops.Add(ReadStop(new JsonField(stop.Body, $"stop[{stops.Count}]")));
        }
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

    private SamplingSettings SamplingOf(Fields fields)
    {
        double temperature = fields.Temperature ?? defaults.Temperature;
        return defaults with
        {
            Temperature = temperature,

            // A sum of 0 keeps the likeliest token, as any smaller sum than its probability does.
            TopP = fields.TopP is { } topP ? Math.Max(topP, double.Epsilon) : defaults.TopP,
            TopK = (int?)fields.TopK ?? defaults.TopK,
            RepetitionPenalty = fields.RepetitionPenalty ?? defaults.RepetitionPenalty,
            MaxNewTokens = (int?)(fields.MaxCompletionTokens ?? fields.MaxTokens) ?? defaults.MaxNewTokens,
            Seed = fields.Seed ?? (temperature > 0 ? Random.Shared.NextInt64() : defaults.Seed),
        };
    }

    /// <summary>The fields that have been read; null where a request says nothing.</summary>
    private sealed class Fields
    {
        public string? Model { get; set; }

        public double? Temperature { get; set; }

        public double? TopP { get; set; }

        public long? TopK { get; set; }

        public double? RepetitionPenalty { get; set; }

        public long? MaxCompletionTokens { get; set; }

        public long? MaxTokens { get; set; }

        public long? Seed { get; set; }

        public IReadOnlyList<string> Stops { get; set; } = [];

        public bool Stream { get; set; }

        public bool IncludeUsage { get; set; }
    }
}
