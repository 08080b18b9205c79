using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The body of an error.</summary>
/// <param name="Error">What is wrong.</param>
internal sealed record ErrorBody(ErrorBody.Content Error)
{
    /// <summary>The body that tells of an exception.</summary>
    public static ErrorBody Of(ApiException exception) => new(new Content(exception.Message, exception.Type, exception.Parameter, exception.Code));

    /// <summary>What is wrong.</summary>
    /// <param name="Message">For a person.</param>
    /// <param name="Type">The error's kind.</param>
    /// <param name="Param">The field; null where it is none.</param>
    /// <param name="Code">For a program; null where there is none.</param>
    public sealed record Content(
        string Message,
        string Type,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);
}
