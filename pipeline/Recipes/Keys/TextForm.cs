using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>A text.</summary>
internal sealed class TextForm(string allowed = "text", string? pattern = null, int shortest = 0) : Form
{
    public override string Allowed => allowed;

    public override bool Holds(object value) => value is string;

    public override object? TryRead(JToken token, RecipeReading reading) =>
        token is JValue { Value: string text }
            && text.Length >= shortest
            && (pattern is null || Regex.IsMatch(text, pattern))
            ? text
            : null;

    public override JToken Write(object value) => new JValue((string)value);

    public override JObject Schema()
    {
        var schema = new JObject { ["type"] = "string" };
        if (shortest > 0)
            schema["minLength"] = shortest;
        if (pattern is not null)
            schema["pattern"] = pattern;
        return schema;
    }
}
