using System.Text.Json;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// A value of a request's body and where it stands. Each method throws an error that names the
/// field if the value is not what the method reads.
/// </summary>
/// <param name="Value">The value.</param>
/// <param name="Path">Its place, such as <c>messages[1].content</c>; empty for the body.</param>
internal readonly record struct JsonField(JsonElement Value, string Path)
{
    /// <summary>A member of an object; null if it is missing or null.</summary>
    public JsonField? Find(string name)
    {
        Require(JsonValueKind.Object, "an object");
        return Value.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? new JsonField(member, PathOf(name))
            : null;
    }

    /// <summary>A member that must be there.</summary>
    public JsonField Member(string name) => Find(name) ?? throw ApiException.Missing(PathOf(name));

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonField> Items()
    {
        Require(JsonValueKind.Array, "an array");
        string path = Path;
        return Value.EnumerateArray().Select((item, index) => new JsonField(item, $"{path}[{index}]"));
    }

    public string Text()
    {
        Require(JsonValueKind.String, "a string");
        try
        {
            return Value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.WrongValue(Path, "it holds half of a surrogate pair, which is not a character.");
        }
    }

    public bool Flag() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw WrongType("a boolean"),
    };

    public double Number(double least, double most)
    {
        Require(JsonValueKind.Number, "a number");
        double number = Value.GetDouble();
        return number >= least && number <= most ? number : throw OutOfBounds(least, most);
    }

    public long WholeNumber(long least, long most)
    {
        Require(JsonValueKind.Number, "an integer");
        if (!Value.TryGetInt64(out long number))
            throw ApiException.WrongType(Path, "an integer", "another number");
        return number >= least && number <= most ? number : throw OutOfBounds(least, most);
    }

    /// <summary>An error for a value whose type is none of those that the field takes.</summary>
    public ApiException WrongType(string expected) => ApiException.WrongType(Path, expected, Found());

    private string PathOf(string member) => Path.Length == 0 ? member : $"{Path}.{member}";

    private ApiException OutOfBounds(double least, double most)
    {
        string bounds = most is double.MaxValue or long.MaxValue ? $"at least {least}" : $"from {least} to {most}";
        return ApiException.WrongValue(Path, $"it must be {bounds}.", "value_out_of_bounds");
    }

    private void Require(JsonValueKind kind, string expected)
    {
        if (Value.ValueKind == kind)
            return;
        throw Path.Length == 0
            ? new ApiException(400, $"The body must be {expected} of JSON, but is {Found()}.")
            : WrongType(expected);
    }

    private string Found() => Value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
