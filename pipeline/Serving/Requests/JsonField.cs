using System.Text.Json;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>A value of a request's body and where it stands; whatever it is asked for and is not, it refuses by name.</summary>
/// <param name="Value">The value.</param>
/// <param name="Path">Its place, such as <c>messages[1].content</c>; empty for the body.</param>
internal readonly record struct JsonField(JsonElement Value, string Path)
{
    /// <summary>A member of an object; null where it is missing or null.</summary>
    public JsonField? Find(string name)
    {
        Require(JsonValueKind.Object, "an object");
        if (!Value.TryGetProperty(name, out JsonElement member) || member.ValueKind == JsonValueKind.Null)
            return null;
        return new JsonField(member, Path.Length == 0 ? name : $"{Path}.{name}");
    }

    /// <summary>A member that must be there.</summary>
    public JsonField Member(string name) => Find(name) ?? throw ApiException.Missing(Path.Length == 0 ? name : $"{Path}.{name}");

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonField> Items()
    {
        Require(JsonValueKind.Array, "an array");
        string path = Path;
        return Value.EnumerateArray().Select((item, index) => new JsonField(item, $"{path}[{index}]"));
    }

    /// <summary>A string.</summary>
    public string Text()
    {
        Require(JsonValueKind.String, "a string");
        try
        {
            return Value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.WrongValue(Path, "it holds half of a surrogate pair, which is no character.");
        }
    }

    /// <summary>True or false.</summary>
    public bool Flag() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw ApiException.WrongType(Path, "a boolean", Found()),
    };

    /// <summary>A number within bounds.</summary>
    public double Number(double least, double most)
    {
        Require(JsonValueKind.Number, "a number");
        double number = Value.GetDouble();
        return number >= least && number <= most ? number : throw OutOfBounds(least, most);
    }

    /// <summary>A whole number within bounds.</summary>
    public long WholeNumber(long least, long most)
    {
        Require(JsonValueKind.Number, "an integer");
        if (!Value.TryGetInt64(out long number))
            throw ApiException.WrongType(Path, "an integer", "another number");
        return number >= least && number <= most ? number : throw OutOfBounds(least, most);
    }

    /// <summary>An error for a value of another type than any that the field takes.</summary>
    public ApiException WrongType(string expected) => ApiException.WrongType(Path, expected, Found());

    private ApiException OutOfBounds(double least, double most) =>
        ApiException.WrongValue(Path, $"it must be {(most is double.MaxValue or long.MaxValue ? $"at least {least}" : $"from {least} to {most}")}.", "value_out_of_bounds");

    private void Require(JsonValueKind kind, string expected)
    {
        if (Value.ValueKind != kind)
            throw Path.Length == 0 ? new ApiException(400, $"The body must be {expected} of JSON, but is {Found()}.") : WrongType(expected);
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
