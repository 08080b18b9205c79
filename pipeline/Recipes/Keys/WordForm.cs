using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>One certain word.</summary>
internal sealed class WordForm(string word) : Form
{
    public override string Allowed => $"'{word}'";

    public override bool Holds(object value) => value is string text && text == word;

    public override object? TryRead(JToken token, RecipeReading reading) =>
        token is JValue { Value: string text } && text == word ? word : null;

    public override JToken Write(object value) => new JValue(word);

    public override JObject Schema() => new() { ["enum"] = new JArray(word) };
}
