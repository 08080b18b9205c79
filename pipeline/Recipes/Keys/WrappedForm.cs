using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>A type of the program that is written as another.</summary>
internal sealed class WrappedForm(Form form, Type type, Func<object, object> wrap, Func<object, object> unwrap) : Form
{
    public override string Allowed => form.Allowed;

    public override MapForm? Map => form.Map;

    public override bool Holds(object value) => value.GetType() == type;

    public override object? Read(JToken token, RecipeReading reading) =>
        form.Read(token, reading) is { } value ? wrap(value) : null;

    public override object? TryRead(JToken token, RecipeReading reading) =>
        form.TryRead(token, reading) is { } value ? wrap(value) : null;

    public override JToken Write(object value) => form.Write(unwrap(value));

    public override JObject Schema() => form.Schema();
}
