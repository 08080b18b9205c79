using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>One of two forms.</summary>
/// <param name="first">A word or a path.</param>
/// <param name="second">A number, a list or a map.</param>
internal sealed class EitherForm(Form first, Form second) : Form
{
    public override string Allowed => $"{first.Allowed} or {second.Allowed}";

    public override MapForm? Map => second.Map;

    public override bool Holds(object value) => first.Holds(value) || second.Holds(value);

    /// <summary>
    /// What is wrong inside a map or list is more to the point than that neither form fits.
    /// </summary>
    public override object? Read(JToken token, RecipeReading reading)
    {
        Form? structured = token switch
        {
            JObject => second as MapForm,
            JArray => second as ListForm,
            _ => null,
        };
        return structured is null ? base.Read(token, reading) : structured.Read(token, reading);
    }

    public override object? TryRead(JToken token, RecipeReading reading) =>
        first.TryRead(token, reading) ?? second.TryRead(token, reading);

    public override JToken Write(object value) => (first.Holds(value) ? first : second).Write(value);

    public override JObject Schema() => new() { ["anyOf"] = new JArray(first.Schema(), second.Schema()) };
}
