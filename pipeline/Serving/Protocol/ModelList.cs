using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The models that are served: always one.</summary>
internal sealed record ModelList(IReadOnlyList<ModelCard> Data)
{
    [JsonPropertyName("object")]
    public string Kind { get; } = "list";
}
