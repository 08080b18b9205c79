using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>A piece of a streamed answer.</summary>
/// <param name="Id">The answer's name, the same in all its pieces.</param>
/// <param name="Created">When the answer began, in Unix seconds.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Choices">One; none in the piece with the usage.</param>
internal sealed record ChatCompletionChunk(
    string Id,
    long Created,
    string Model,
    IReadOnlyList<ChatCompletionChunk.Piece> Choices)
{
    [JsonPropertyName("object")]
    public string Kind { get; } = "chat.completion.chunk";

    /// <summary>
    /// The tokens the answer took: in the last piece, if the client asked for them.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }

    /// <param name="Index">Always 0.</param>
    /// <param name="Delta">What the piece adds.</param>
    /// <param name="FinishReason">
    /// <c>stop</c> or <c>length</c> in the piece that ends the answer, else null.
    /// </param>
    public sealed record Piece(
        int Index,
        Delta Delta,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason);

    /// <param name="Role"><c>assistant</c> in the first piece, else null.</param>
    /// <param name="Content">The text; null in the piece that ends the answer.</param>
    public sealed record Delta(string? Role, string? Content);
}
