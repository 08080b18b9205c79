using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>Another form, or <c>null</c>.</summary>
internal sealed class OrNullForm(Form form, string? allowed) : Form
{
    public override string Allowed => allowed ?? $"{form.Allowed}, or null";

    public override MapForm? Map => form.Map;

    public override bool Holds(object value) => form.Holds(value);

    public override object? Read(JToken token, RecipeReading reading) =>
        token.Type == JTokenType.Null ? null : base.Read(token, reading);

    public override object? TryRead(JToken token, RecipeReading reading) => form.TryRead(token, reading);

    public override JToken Write(object value) => form.Write(value);

    public override JObject Schema()
    {
        JObject schema = form.Schema();
        if (schema["anyOf"] is JArray either)
            either.Add(new JObject { ["type"] = "null" });
        else
            schema["type"] = new JArray((string)schema["type"]!, "null");
        return schema;
    }
}
