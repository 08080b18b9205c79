using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>A whole answer.</summary>
/// <param name="Id">The answer's name.</param>
/// <param name="Created">When, in Unix seconds.</param>
/// <param name="Model">Whose it is.</param>
/// <param name="Choices">One.</param>
/// <param name="Usage">What it took.</param>
internal sealed record ChatCompletion(string Id, long Created, string Model, IReadOnlyList<ChatCompletion.Choice> Choices, Usage Usage)
{
    /// <summary>What the document is.</summary>
    [JsonPropertyName("object")]
    public string Kind { get; } = "chat.completion";

    /// <summary>The answer.</summary>
    /// <param name="Index">0.</param>
    /// <param name="Message">Its text.</param>
    /// <param name="FinishReason"><c>stop</c> or <c>length</c>.</param>
    public sealed record Choice(int Index, Message Message, string FinishReason);

    /// <summary>A message.</summary>
    /// <param name="Role">Always <c>assistant</c>.</param>
    /// <param name="Content">Its text.</param>
    public sealed record Message(string Role, string Content);
}
