using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// Reads the body of <c>POST /v1/chat/completions</c>. Fields it does not know are passed over, as OpenAI's clients expect; what it knows must be of
/// the right type and make sense. The parts of a message keep their order within their kind: the template shows a turn's images before its
/// question, so text around images is joined by line ends.
/// </summary>
/// <param name="limits">How much is taken.</param>
/// <param name="defaults">How answers are made where a request does not say.</param>
internal sealed class ChatRequestReader(ServeLimits limits, SamplingSettings defaults)
{
    private const int MostStops = 4;
    private const int LongestStop = 1000;

    /// <summary>Reads a body.</summary>
    /// <param name="body">JSON in UTF-8. Nothing of it is kept.</param>
    /// <exception cref="ApiException">What is wrong with it.</exception>
    public ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
            throw new ApiException(400, "The body is no UTF-8 text.");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            throw new ApiException(400, $"The body is no JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }

        using (document)
        {
            try
            {
                return Read(new JsonField(document.RootElement, ""));
            }
            catch (InvalidOperationException)
            {
                // A field whose very name is no text.
                throw new ApiException(400, "The body holds half of a surrogate pair, which is no character.");
            }
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
        (string? system, List<RequestRound> rounds) = ReadMessages(body.Member("messages"));
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
            // Whatever the sum to reach, the likeliest token stays.
            TopP = body.Find("top_p") is { } topP ? Math.Max(topP.Number(0, 1), double.Epsilon) : defaults.TopP,
            TopK = body.Find("top_k") is { } topK ? (int)topK.WholeNumber(0, int.MaxValue) : defaults.TopK,
            RepetitionPenalty = body.Find("repetition_penalty")?.Number(0.01, 100) ?? defaults.RepetitionPenalty,
            MaxNewTokens = (body.Find("max_completion_tokens") ?? body.Find("max_tokens")) is { } most ? (int)most.WholeNumber(1, int.MaxValue) : defaults.MaxNewTokens,
            Seed = body.Find("seed")?.WholeNumber(long.MinValue, long.MaxValue) ?? (temperature > 0 ? Random.Shared.NextInt64() : defaults.Seed),
        };
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
        return
        [
            .. fields.Select(field => field.Text() switch
            {
                "" => throw ApiException.WrongValue(field.Path, "it is empty.", "empty_string"),
                { Length: > LongestStop } => throw ApiException.WrongValue(field.Path, $"it is longer than {LongestStop} characters.", "string_above_max_length"),
                string text => text,
            }),
        ];
    }

    private (string? System, List<RequestRound> Rounds) ReadMessages(JsonField messages)
    {
        JsonField[] fields = [.. messages.Items()];
        if (fields.Length == 0)
            throw ApiException.WrongValue("messages", "there are none.", "empty_array");
        if (fields.Length > limits.Messages)
            throw ApiException.WrongValue("messages", $"there are {fields.Length:N0}; at most {limits.Messages:N0} are read.", "array_above_max_length");

        List<string> system = [];
        List<RequestRound> rounds = [];
        int images = 0;
        foreach (JsonField message in fields)
        {
            JsonField role = message.Member("role");
            switch (role.Text())
            {
                case "system" or "developer" when rounds.Count == 0:
                    system.Add(ReadText(message));
                    break;
                case "system" or "developer":
                    throw ApiException.WrongValue(role.Path, "a system message stands before the first message of the user.", "invalid_role");
                case "user" when rounds is [.., { Answer: null }]:
                    throw ApiException.WrongValue(role.Path, "two messages of the user follow each other; the assistant's answer stands between them.", "invalid_role");
                case "user":
                    rounds.Add(ReadQuestion(message, ref images));
                    break;
                case "assistant" when rounds is [.., { Answer: null } last]:
                    rounds[^1] = last with { Answer = ReadText(message) };
                    break;
                case "assistant":
                    throw ApiException.WrongValue(role.Path, "a message of the assistant answers one of the user's, which stands before it.", "invalid_role");
                case string other:
                    throw ApiException.WrongValue(role.Path, $"'{Shortened(other)}' is none of system, developer, user and assistant.", "invalid_role");
            }
        }

        if (rounds is not [.., { Answer: null }])
            throw ApiException.WrongValue("messages", "the last one must be the user's.", "invalid_role");
        return (system.Count == 0 ? null : string.Join("\n\n", system), rounds);
    }

    private RequestRound ReadQuestion(JsonField message, ref int images)
    {
        JsonField content = message.Member("content");
        List<string> texts = [];
        List<RequestImage> shown = [];
        if (content.Value.ValueKind == JsonValueKind.String)
            texts.Add(content.Text());
        else if (content.Value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonField part in content.Items())
            {
                switch (part.Member("type").Text())
                {
                    case "text":
                        texts.Add(part.Member("text").Text());
                        break;
                    case "image_url":
                        if (++images > limits.Images)
                            throw ApiException.WrongValue(part.Path, $"the conversation shows more than {limits.Images} images.", "too_many_images");
                        shown.Add(ReadImage(part.Member("image_url")));
                        break;
                    case string other:
                        throw ApiException.WrongValue($"{part.Path}.type", $"'{Shortened(other)}' is neither text nor image_url.", "unsupported_value");
                }
            }
        }
        else
            throw content.WrongType("a string or an array of parts");

        string question = string.Join('\n', texts.Where(text => text.Length > 0));
        if (string.IsNullOrWhiteSpace(question))
            throw ApiException.WrongValue(content.Path, "the message asks nothing: it needs text.", "empty_string");
        return new RequestRound(question, shown, null);
    }

    private RequestImage ReadImage(JsonField image)
    {
        // Some clients put the URL where the object belongs.
        JsonField url = image.Value.ValueKind == JsonValueKind.String ? image : image.Member("url");
        if (url.Value.ValueKind != JsonValueKind.String)
            throw url.WrongType("a string");

        // Between its quotes, as it lies in the body; with an escape in it, some megabytes are copied.
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(url.Value)[1..^1];
        ReadOnlySpan<byte> text = raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(url.Text()) : raw;
        if (DataUri.IsOne(text))
            return new RequestImage(url.Path, DataUri.Decode(text, url.Path, limits.ImageBytes), null);
        if (Uri.TryCreate(url.Text(), UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
            return new RequestImage(url.Path, null, address);
        throw ApiException.WrongValue(url.Path, "it must be a data URI, 'data:image/png;base64,...'; the server opens no files.", "invalid_image_url");
    }

    // Of the system or the assistant: it has no images, and may be empty.
    private static string ReadText(JsonField message)
    {
        JsonField content = message.Member("content");
        if (content.Value.ValueKind == JsonValueKind.String)
            return content.Text();
        if (content.Value.ValueKind != JsonValueKind.Array)
            throw content.WrongType("a string or an array of parts");
        var text = new StringBuilder();
        foreach (JsonField part in content.Items())
        {
            string type = part.Member("type").Text();
            if (type != "text")
                throw ApiException.WrongValue($"{part.Path}.type", $"'{Shortened(type)}' is not text: images belong to messages of the user.", "unsupported_value");
            text.Append(part.Member("text").Text());
        }

        return text.ToString();
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "...");
}
