using System.Text.Json;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// The value that a body's reader is at, and where it stands. Each method throws an error that
/// names the field if the value is not what the method reads.
/// </summary>
/// <param name="Body">The reader, at the value's first token.</param>
/// <param name="Path">Its place, such as <c>messages[1].content</c>; empty for the body.</param>
internal readonly record struct JsonField(BodyReader Body, string Path)
{
    public JsonTokenType Kind => Body.Kind;

    /// <summary>Whether it is null, which counts as absent.</summary>
    public bool IsNull => Kind == JsonTokenType.Null;

    /// <summary>The path of a member.</summary>
    public string PathOf(string member) => Path.Length == 0 ? member : $"{Path}.{member}";

    /// <summary>A string; null if it is null.</summary>
    public string? TextOrNull() => IsNull ? null : Text();

    public string Text()
    {
        Require(JsonTokenType.String, "a string");
        try
        {
            return Body.Text();
        }
        catch (InvalidOperationException)
        {
            throw ApiException.WrongValue(Path, "it holds half of a surrogate pair, which is not a character.");
        }
    }

    /// <summary>A boolean; false if it is null.</summary>
    public bool Flag() => Kind switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw WrongType("a boolean"),
    };

    /// <summary>A number within bounds; null if it is null.</summary>
    public double? Number(double least, double most)
    {
        if (IsNull)
            return null;
        Require(JsonTokenType.Number, "a number");
        double number = Body.Number();
        return number >= least && number <= most ? number : throw OutOfBounds(least, most);
    }

    /// <summary>A whole number within bounds; null if it is null.</summary>
    public long? WholeNumber(long least, long most)
    {
        if (IsNull)
            return null;
        Require(JsonTokenType.Number, "an integer");
        if (!Body.TryGetWholeNumber(out long number))
            throw ApiException.WrongType(Path, "an integer", "another number");
        return number >= least && number <= most ? number : throw OutOfBounds(least, most);
    }

    /// <summary>Throws unless it is an object.</summary>
    public void RequireObject() => Require(JsonTokenType.StartObject, "an object");

    /// <summary>Throws unless it is an array.</summary>
    public void RequireArray() => Require(JsonTokenType.StartArray, "an array");

    /// <summary>An error for a value whose type is none of those that the field takes.</summary>
    public ApiException WrongType(string expected) => ApiException.WrongType(Path, expected, Found());

    private ApiException OutOfBounds(double least, double most)
    {
        string bounds = most is double.MaxValue or long.MaxValue ? $"at least {least}" : $"from {least} to {most}";
        return ApiException.WrongValue(Path, $"it must be {bounds}.", "value_out_of_bounds");
    }

    private void Require(JsonTokenType kind, string expected)
    {
        if (Kind == kind)
            return;
        throw Path.Length == 0
            ? new ApiException(400, $"The body must be {expected} of JSON, but is {Found()}.")
            : WrongType(expected);
    }

    private string Found() => Kind switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "a boolean",
    };
}
