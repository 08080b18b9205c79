using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>One of an enumeration's members.</summary>
internal sealed class ChoiceForm(Type type) : Form
{
    private readonly string[] _names =
        Array.ConvertAll(Enum.GetNames(type), member => KeyName.OfChoice(type, member));

    public IReadOnlyList<string> Names => _names;

    public override string Allowed =>
        _names.Length == 1 ? $"'{_names[0]}'" : $"one of {string.Join(", ", _names)}";

    public override bool Holds(object value) => value.GetType() == type;

    public override object? TryRead(JToken token, RecipeReading reading) =>
        token is JValue { Value: string text } && Array.IndexOf(_names, text) is >= 0 and var index
            ? Enum.GetValues(type).GetValue(index)
            : null;

    public override JToken Write(object value) =>
        new JValue(_names[Array.IndexOf(Enum.GetValues(type), value)]);

    public override JObject Schema() => new() { ["enum"] = new JArray(_names) };
}
