using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>A whole answer.</summary>
/// <param name="Id">The answer's name.</param>
/// <param name="Created">When it was made, in Unix seconds.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Choices">Always one.</param>
/// <param name="Usage">The tokens it took.</param>
internal sealed record ChatCompletion(
    string Id,
    long Created,
    string Model,
    IReadOnlyList<ChatCompletion.Choice> Choices,
    Usage Usage)
{
    [JsonPropertyName("object")]
    public string Kind { get; } = "chat.completion";

    /// <param name="Index">Always 0.</param>
    /// <param name="Message">The text.</param>
    /// <param name="FinishReason"><c>stop</c> or <c>length</c>.</param>
    public sealed record Choice(int Index, Message Message, string FinishReason);

    /// <param name="Role">Always <c>assistant</c>.</param>
    /// <param name="Content">The text.</param>
    public sealed record Message(string Role, string Content);
}
