using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>A piece of a streamed answer.</summary>
/// <param name="Id">The answer's name, the same in all its pieces.</param>
/// <param name="Created">When it began, in Unix seconds.</param>
/// <param name="Model">Whose it is.</param>
/// <param name="Choices">One; none in the piece that brings the usage.</param>
internal sealed record ChatCompletionChunk(string Id, long Created, string Model, IReadOnlyList<ChatCompletionChunk.Piece> Choices)
{
    /// <summary>What the document is.</summary>
    [JsonPropertyName("object")]
    public string Kind { get; } = "chat.completion.chunk";

    /// <summary>What the answer took, in the last piece, if it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }

    /// <summary>What the piece adds.</summary>
    /// <param name="Index">0.</param>
    /// <param name="Delta">The text.</param>
    /// <param name="FinishReason"><c>stop</c> or <c>length</c> in the piece that ends the answer, else null.</param>
    public sealed record Piece(int Index, Delta Delta, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason);

    /// <summary>What is added.</summary>
    /// <param name="Role"><c>assistant</c> in the first piece.</param>
    /// <param name="Content">Text; null in the last piece.</param>
    public sealed record Delta(string? Role, string? Content);
}
