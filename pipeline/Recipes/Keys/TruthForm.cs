using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>True or false.</summary>
internal sealed class TruthForm : Form
{
    public override string Allowed => "true or false";

    public override bool Holds(object value) => value is bool;

    public override object? TryRead(JToken token, RecipeReading reading) =>
        token is JValue { Value: bool truth } ? truth : null;

    public override JToken Write(object value) => new JValue((bool)value);

    public override JObject Schema() => new() { ["type"] = "boolean" };
}
