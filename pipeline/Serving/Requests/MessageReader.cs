using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// Reads a request's messages into rounds. The template shows the images of a round before its
/// question, so the parts of a message keep their order only among their kind, and text around
/// images is joined by line ends.
/// </summary>
internal sealed class MessageReader(ServeLimits limits)
{
    /// <returns>The system text, null if there is none, and the rounds.</returns>
    /// <exception cref="ApiException">A message is wrong, or stands where it cannot.</exception>
    public (string? System, IReadOnlyList<RequestRound> Rounds) Read(JsonField messages)
    {
        JsonField[] fields = [.. messages.Items()];
        if (fields.Length == 0)
            throw ApiException.WrongValue("messages", "there are none.", "empty_array");
        if (fields.Length > limits.Messages)
        {
            throw ApiException.WrongValue(
                "messages",
                $"there are {fields.Length:N0}; at most {limits.Messages:N0} are read.",
                "array_above_max_length");
        }

        List<string> system = [];
        List<RequestRound> rounds = [];
        foreach (JsonField message in fields)
            Add(message, system, rounds);
        if (rounds is not [.., { Answer: null }])
            throw WrongRole("messages", "the last one must be the user's.");
        return (system.Count == 0 ? null : string.Join("\n\n", system), rounds);
    }

    private void Add(JsonField message, List<string> system, List<RequestRound> rounds)
    {
        JsonField role = message.Member("role");
        switch (role.Text())
        {
            case "system" or "developer" when rounds.Count == 0:
                system.Add(ReadText(message));
                break;
            case "system" or "developer":
                throw WrongRole(role.Path, "a system message stands before the first message of the user.");
            case "user" when rounds is [.., { Answer: null }]:
                throw WrongRole(
                    role.Path,
                    "two messages of the user follow each other; the assistant's answer stands between them.");
            case "user":
                rounds.Add(ReadQuestion(message, imagesBefore: rounds.Sum(round => round.Images.Count)));
                break;
            case "assistant" when rounds is [.., { Answer: null } last]:
                rounds[^1] = last with { Answer = ReadText(message) };
                break;
            case "assistant":
                throw WrongRole(
                    role.Path, "a message of the assistant answers one of the user's, which stands before it.");
            case string other:
                throw WrongRole(
                    role.Path, $"'{Shortened(other)}' is none of system, developer, user and assistant.");
        }
    }

    private RequestRound ReadQuestion(JsonField message, int imagesBefore)
    {
        JsonField content = message.Member("content");
        (List<string> texts, List<RequestImage> images) = content.Value.ValueKind switch
        {
            JsonValueKind.String => ([content.Text()], []),
            JsonValueKind.Array => ReadParts(content, imagesBefore),
            _ => throw content.WrongType("a string or an array of parts"),
        };
        string question = string.Join('\n', texts.Where(text => text.Length > 0));
        if (string.IsNullOrWhiteSpace(question))
            throw ApiException.WrongValue(content.Path, "the message asks nothing: it needs text.", "empty_string");
        return new RequestRound(question, images, Answer: null);
    }

    private (List<string> Texts, List<RequestImage> Images) ReadParts(JsonField content, int imagesBefore)
    {
        List<string> texts = [];
        List<RequestImage> images = [];
        foreach (JsonField part in content.Items())
        {
            switch (part.Member("type").Text())
            {
                case "text":
                    texts.Add(part.Member("text").Text());
                    break;
                case "image_url" when imagesBefore + images.Count == limits.Images:
                    throw ApiException.WrongValue(
                        part.Path, $"the conversation shows more than {limits.Images} images.", "too_many_images");
                case "image_url":
                    images.Add(ReadImage(part.Member("image_url")));
                    break;
                case string other:
                    throw WrongPart(part, $"'{Shortened(other)}' is neither text nor image_url.");
            }
        }

        return (texts, images);
    }

    private RequestImage ReadImage(JsonField image)
    {
        // Some clients send the URL itself where the API has an object with it.
        JsonField url = image.Value.ValueKind == JsonValueKind.String ? image : image.Member("url");
        if (url.Value.ValueKind != JsonValueKind.String)
            throw url.WrongType("a string");

        // The bytes between the quotes, as they stand in the body. Only a URI with escapes is
        // copied, which may be megabytes.
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(url.Value)[1..^1];
        ReadOnlySpan<byte> text = raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(url.Text()) : raw;
        if (DataUri.IsDataUri(text))
            return new RequestImage(url.Path, DataUri.Decode(text, url.Path, limits.ImageBytes), Url: null);
        bool isWeb = Uri.TryCreate(url.Text(), UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);
        if (isWeb)
            return new RequestImage(url.Path, Bytes: null, address);
        throw ApiException.WrongValue(
            url.Path,
            "it must be a data URI, 'data:image/png;base64,...'; the server opens no files.",
            "invalid_image_url");
    }

    // Reads a message of the system or the assistant: it has no images, and may be empty.
    private static string ReadText(JsonField message)
    {
        JsonField content = message.Member("content");
        return content.Value.ValueKind switch
        {
            JsonValueKind.String => content.Text(),
            JsonValueKind.Array => string.Concat(content.Items().Select(ReadTextPart)),
            _ => throw content.WrongType("a string or an array of parts"),
        };
    }

    private static string ReadTextPart(JsonField part)
    {
        string type = part.Member("type").Text();
        return type == "text"
            ? part.Member("text").Text()
            : throw WrongPart(part, $"'{Shortened(type)}' is not text: images belong to messages of the user.");
    }

    private static ApiException WrongRole(string path, string message) =>
        ApiException.WrongValue(path, message, "invalid_role");

    private static ApiException WrongPart(JsonField part, string message) =>
        ApiException.WrongValue($"{part.Path}.type", message, "unsupported_value");

    private static string Shortened(string text) =>
        text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "...");
}
