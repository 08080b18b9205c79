using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The models that are served.</summary>
/// <param name="Data">One.</param>
internal sealed record ModelList(IReadOnlyList<ModelCard> Data)
{
    /// <summary>What the document is.</summary>
    [JsonPropertyName("object")]
    public string Kind { get; } = "list";
}
