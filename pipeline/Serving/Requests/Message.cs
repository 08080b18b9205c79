using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// A message as it stands in the body. Its members may come in any order, so what the role makes of
/// the content is known at its end.
/// </summary>
/// <param name="path">Where it stands.</param>
internal sealed class Message(string path)
{
    private const int LongestShown = 40;

    /// <summary>Whose it is; null if it does not say.</summary>
    public string? Role { get; set; }

    /// <summary>Where the role stands, or would.</summary>
    public string RolePath => $"{path}.role";

    /// <summary>
    /// The content's parts, one for content that is a text; null if there is none.
    /// </summary>
    public List<MessagePart>? Parts { get; set; }

    private string ContentPath => $"{path}.content";

    /// <summary>
    /// A message of the system or the assistant: it has no images, and may be empty.
    /// </summary>
    /// <exception cref="ApiException">It has other parts, or no content.</exception>
    public string Text() => string.Concat(RequiredParts().Select(TextOf));

    /// <summary>A message of the user, which needs text.</summary>
    /// <exception cref="ApiException">It asks nothing, or has parts of other types.</exception>
    public RequestRound Round()
    {
        List<string> texts = [];
        List<RequestImage> images = [];
        foreach (MessagePart part in RequiredParts())
        {
            switch (TypeOf(part))
            {
                case MessagePart.TextType:
                    texts.Add(part.Text ?? throw ApiException.Missing($"{part.Path}.text"));
                    break;
                case MessagePart.ImageType:
                    images.Add(part.Image ?? throw ApiException.Missing($"{part.Path}.image_url"));
                    break;
                case string other:
                    throw WrongPart(part, $"'{Shortened(other)}' is neither text nor image_url.");
            }
        }

        string question = string.Join('\n', texts.Where(text => text.Length > 0));
        if (string.IsNullOrWhiteSpace(question))
            throw ApiException.WrongValue(ContentPath, "the message asks nothing: it needs text.", "empty_string");
        return new RequestRound(question, images, Answer: null);
    }

    /// <summary>A client's text for an error's message.</summary>
    public static string Shortened(string text) =>
        text.Length <= LongestShown ? text : string.Concat(text.AsSpan(0, LongestShown), "...");

    private static string TextOf(MessagePart part)
    {
        string type = TypeOf(part);
        return type == MessagePart.TextType
            ? part.Text ?? throw ApiException.Missing($"{part.Path}.text")
            : throw WrongPart(part, $"'{Shortened(type)}' is not text: images belong to messages of the user.");
    }

    private static string TypeOf(MessagePart part) =>
        part.Type ?? throw ApiException.Missing($"{part.Path}.type");

    private static ApiException WrongPart(MessagePart part, string message) =>
        ApiException.WrongValue($"{part.Path}.type", message, "unsupported_value");

    private List<MessagePart> RequiredParts() => Parts ?? throw ApiException.Missing(ContentPath);
}
