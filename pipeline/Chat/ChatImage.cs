namespace VisualChat.Pipeline.Chat;

/// <summary>An image of a conversation, as the model sees it. Made by <see cref="ChatImages"/>.</summary>
public sealed class ChatImage
{
    internal ChatImage(byte[] crop, string digest, string source)
    {
        Crop = crop;
        Digest = digest;
        Source = source;
    }

    /// <summary>[S, S, 3] Red, green, blue.</summary>
    public ReadOnlyMemory<byte> Crop { get; }

    /// <summary>SHA-256 of the crop, in hexadecimal: two images with the same one are the same to the model.</summary>
    public string Digest { get; }

    /// <summary>Where it came from, as it was given: a path or a name. Text, never safe to print as it is.</summary>
    public string Source { get; }
}
