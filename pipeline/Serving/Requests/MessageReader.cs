using System.Text.Json;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// Reads a request's messages into rounds, each as it arrives. The template shows the images of a
/// round before its question, so the parts of a message keep their order only among their kind, and
/// text around images is joined by line ends.
/// </summary>
/// <param name="body">The body.</param>
/// <param name="lease">Pays for the images.</param>
/// <param name="limits">How much is taken.</param>
/// <param name="maxCharacters">Characters of text that the model can reach at most.</param>
internal sealed class MessageReader(BodyReader body, BodyLease lease, ServeLimits limits, int maxCharacters)
{
    // A character takes at most so many bytes, as \u0041.
    private const int LongestCharacter = 6;

    private const int MostTextParts = 1000;

    private readonly List<string> _system = [];
    private readonly List<RequestRound> _rounds = [];
    private bool _areThere;
    private int _images;
    private long _characters;

    /// <summary>Reads the array of messages.</summary>
    /// <exception cref="ApiException">A message is wrong, or stands where it cannot.</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async ValueTask ReadAsync(JsonField messages)
    {
        _system.Clear();
        _rounds.Clear();
        (_images, _characters) = (0, 0);
        _areThere = !messages.IsNull;
        if (messages.IsNull)
            return;
        messages.RequireArray();
        for (int count = 0; ; count++)
        {
            await body.NextAsync();
            if (body.Kind == JsonTokenType.EndArray)
            {
                if (count == 0)
                    throw ApiException.WrongValue("messages", "there are none.", "empty_array");
                return;
            }

            if (count == limits.Messages)
            {
                throw ApiException.WrongValue(
                    "messages",
                    $"there are more than the {limits.Messages:N0} that are read.",
                    "array_above_max_length");
            }

            Add(await ReadMessageAsync(new JsonField(body, $"messages[{count}]")));
        }
    }

    /// <summary>What was read, if it is a conversation.</summary>
    /// <returns>The system text, null if there is none, and the rounds.</returns>
    /// <exception cref="ApiException">The messages are missing, or end with another's.</exception>
    public (string? System, IReadOnlyList<RequestRound> Rounds) Rounds()
    {
        if (!_areThere)
            throw ApiException.Missing("messages");
        if (_rounds is not [.., { Answer: null }])
            throw WrongRole("messages", "the last one must be the user's.");
        return (_system.Count == 0 ? null : string.Join("\n\n", _system), _rounds);
    }

    private void Add(Message message)
    {
        if (message.Role is null)
            throw ApiException.Missing(message.RolePath);
        switch (message.Role)
        {
            case "system" or "developer" when _rounds.Count == 0:
                _system.Add(message.Text());
                break;
            case "system" or "developer":
                throw WrongRole(
                    message.RolePath, "a system message stands before the first message of the user.");
            case "user" when _rounds is [.., { Answer: null }]:
                throw WrongRole(
                    message.RolePath,
                    "two messages of the user follow each other; the assistant's answer stands between them.");
            case "user":
                _rounds.Add(message.Round());
                break;
            case "assistant" when _rounds is [.., { Answer: null } last]:
                _rounds[^1] = last with { Answer = message.Text() };
                break;
            case "assistant":
                throw WrongRole(
                    message.RolePath, "a message of the assistant answers one of the user's, which stands before it.");
            case string other:
                throw WrongRole(
                    message.RolePath,
                    $"'{Message.Shortened(other)}' is none of system, developer, user and assistant.");
        }
    }

    private async ValueTask<Message> ReadMessageAsync(JsonField field)
    {
        field.RequireObject();
        var message = new Message(field.Path);
        while (await body.NextNameAsync() is { } name)
        {
            var member = new JsonField(body, field.PathOf(name));
            switch (name)
            {
                case "role":
                    await body.NextAsync();
                    message.Role = member.TextOrNull();
                    break;
                case "content":
                    await NextTextAsync();
                    message.Parts = await ReadContentAsync(member, message);
                    break;
                default:
                    await body.NextAsync();
                    await body.SkipAsync();
                    break;
            }
        }

        return message;
    }

    private async ValueTask<List<MessagePart>?> ReadContentAsync(JsonField content, Message message)
    {
        switch (content.Kind)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return [new MessagePart(content.Path) { Type = MessagePart.TextType, Text = ReadText(content) }];
            case JsonTokenType.StartArray:
                break;
            default:
                throw content.WrongType("a string or an array of parts");
        }

        List<MessagePart> parts = [];
        while (true)
        {
            await body.NextAsync();
            if (body.Kind == JsonTokenType.EndArray)
                return parts;
            if (parts.Count == MostTextParts + limits.Images)
            {
                throw ApiException.WrongValue(
                    content.Path,
                    $"there are more than the {MostTextParts + limits.Images:N0} parts that are read.",
                    "array_above_max_length");
            }

            parts.Add(await ReadPartAsync(new JsonField(body, $"{content.Path}[{parts.Count}]"), message));
        }
    }

    // What the part's type or the message's role makes meaningless is skipped, if they come first.
    private async ValueTask<MessagePart> ReadPartAsync(JsonField field, Message message)
    {
        field.RequireObject();
        var part = new MessagePart(field.Path);
        while (await body.NextNameAsync() is { } name)
        {
            var member = new JsonField(body, field.PathOf(name));
            switch (name)
            {
                case "type":
                    await body.NextAsync();
                    part.Type = member.TextOrNull();
                    break;
                case "text" when part.Type is null or MessagePart.TextType:
                    await NextTextAsync();
                    part.Text = member.IsNull ? null : ReadText(member);
                    break;
                case "image_url" when part.Type is null or MessagePart.ImageType && message.Role is null or "user":
                    if (_images == limits.Images)
                    {
                        throw ApiException.WrongValue(
                            field.Path, $"the conversation shows more than {limits.Images} images.", "too_many_images");
                    }

                    await NextImageAsync(member);
                    part.Image = await ImageField.ReadAsync(member, lease, limits.ImageBytes);
                    _images += part.Image is null ? 0 : 1;
                    break;
                default:
                    await body.NextAsync();
                    await body.SkipAsync();
                    break;
            }
        }

        return part;
    }

    private async ValueTask NextImageAsync(JsonField image)
    {
        if (!await body.TryNextAsync(ImageField.LongestUrl(limits.ImageBytes)))
            throw DataUri.TooLarge(image.Path, limits.ImageBytes);
    }

    private async ValueTask NextTextAsync()
    {
        long left = maxCharacters - _characters;
        if (!await body.TryNextAsync((int)Math.Min((LongestCharacter * left) + 2, Array.MaxLength)))
            throw TooMuchText();
    }

    private string ReadText(JsonField field)
    {
        string text = field.Text();
        _characters += text.Length;
        return _characters <= maxCharacters ? text : throw TooMuchText();
    }

    private ApiException TooMuchText() =>
        new(
            400,
            $"The messages have more than {maxCharacters:N0} characters, which is more than the model's context holds. "
            + "Begin a new conversation, or ask shorter.")
        {
            Parameter = "messages",
            Code = "context_length_exceeded",
        };

    private static ApiException WrongRole(string path, string message) =>
        ApiException.WrongValue(path, message, "invalid_role");
}
