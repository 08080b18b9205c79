using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The model, as <c>/v1/models</c> lists it.</summary>
/// <param name="Id">The recipe's name.</param>
/// <param name="Created">Since when it is served, in Unix seconds.</param>
/// <param name="Limits">
/// What a client may send. OpenAI has no such field; its clients ignore it.
/// </param>
internal sealed record ModelCard(string Id, long Created, ModelCard.Bounds Limits)
{
    [JsonPropertyName("object")]
    public string Kind { get; } = "model";

    public string OwnedBy { get; } = "visualchat";

    /// <param name="ContextTokens">
    /// Tokens of a conversation and its answer, visual tokens counted.
    /// </param>
    /// <param name="Images">Images of a conversation.</param>
    /// <param name="ImageBytes">Bytes of an encoded image.</param>
    /// <param name="ImagePixels">Pixels of an image.</param>
    /// <param name="BodyBytes">Bytes of a request.</param>
    public sealed record Bounds(int ContextTokens, int Images, int ImageBytes, long ImagePixels, long BodyBytes);
}
