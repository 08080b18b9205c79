using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The body of an error.</summary>
internal sealed record ErrorBody(ErrorBody.Content Error)
{
    public static ErrorBody Of(ApiException exception) =>
        new(new Content(exception.Message, exception.Type, exception.Parameter, exception.Code));

    /// <param name="Message">What is wrong, for a person.</param>
    /// <param name="Type">The error's kind.</param>
    /// <param name="Param">The field that is wrong; null if it is none.</param>
    /// <param name="Code">The error's name for programs; null if it has none.</param>
    public sealed record Content(
        string Message,
        string Type,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);
}
