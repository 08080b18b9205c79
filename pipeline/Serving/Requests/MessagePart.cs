namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>A part of a message, as it stands in the body.</summary>
/// <param name="path">Where it stands.</param>
internal sealed class MessagePart(string path)
{
    public const string TextType = "text";
    public const string ImageType = "image_url";

    public string Path { get; } = path;

    /// <summary>Its type; null if it has none.</summary>
    public string? Type { get; set; }

    /// <summary>Its text, if it has one.</summary>
    public string? Text { get; set; }

    /// <summary>Its image, if it has one.</summary>
    public RequestImage? Image { get; set; }
}
