using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The model, as <c>/v1/models</c> lists it.</summary>
/// <param name="Id">The recipe's name.</param>
/// <param name="Created">Since when it is served, in Unix seconds.</param>
/// <param name="Limits">What a client may send. OpenAI has no such field; its clients pass over it.</param>
internal sealed record ModelCard(string Id, long Created, ModelCard.Bounds Limits)
{
    /// <summary>What the document is.</summary>
    [JsonPropertyName("object")]
    public string Kind { get; } = "model";

    /// <summary>Who serves it.</summary>
    public string OwnedBy { get; } = "visualchat";

    /// <summary>What a client may send.</summary>
    /// <param name="ContextTokens">Tokens of a conversation and its answer, visual tokens counted.</param>
    /// <param name="Images">Images of a conversation.</param>
    /// <param name="ImageBytes">Bytes of an image.</param>
    /// <param name="ImagePixels">Pixels of an image.</param>
    /// <param name="BodyBytes">Bytes of a request.</param>
    public sealed record Bounds(int ContextTokens, int Images, int ImageBytes, long ImagePixels, long BodyBytes);
}
