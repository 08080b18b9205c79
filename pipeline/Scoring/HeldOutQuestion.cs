using System.Text.Json.Serialization;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Scoring;

/// <summary>A held-out question and its answers.</summary>
/// <param name="Conversation">The name of its conversation.</param>
/// <param name="Round">Its place in the conversation, from 0.</param>
/// <param name="Kind">What it asks for.</param>
/// <param name="Question">The question as it was asked.</param>
/// <param name="Expected">The right answer.</param>
/// <param name="Answer">The model's answer.</param>
/// <param name="Blind">
/// The best answer without looking at the images: the most common one to this kind of question.
/// </param>
internal sealed record HeldOutQuestion(
    string Conversation,
    int Round,
    [property: JsonConverter(typeof(JsonStringEnumConverter<ClosedKind>))] ClosedKind Kind,
    string Question,
    string Expected,
    string Answer,
    string Blind)
{
    /// <summary>
    /// The form of its conversation: <c>picture</c>, <c>dialogue</c>, <c>pair</c> or
    /// <c>difference</c>.
    /// </summary>
    [JsonIgnore]
    public string Form => FormOf(Conversation);

    /// <summary>Whether the model's answer equals the right one, letter by letter.</summary>
    [JsonIgnore]
    public bool IsRight => Answer == Expected;

    /// <summary>Whether the blind answer would have been right.</summary>
    [JsonIgnore]
    public bool IsGuessed => Blind == Expected;

    /// <summary>The form of a conversation, by its name.</summary>
    public static string FormOf(string conversation) =>
        conversation[..conversation.IndexOf('-', StringComparison.Ordinal)];
}
