using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>A path relative to the recipe's folder.</summary>
internal sealed class PathForm(string allowed) : Form
{
    /// <summary>What no path of a file system is: empty, or with a null character.</summary>
    public const string Pattern = @"^[^\u0000]+$";

    private readonly TextForm _text = new(allowed, Pattern);

    public override string Allowed => allowed;

    public override bool Holds(object value) => value is RecipePath;

    public override object? TryRead(JToken token, RecipeReading reading) =>
        _text.TryRead(token, reading) is string given ? RecipePath.In(reading.Folder, given) : null;

    public override JToken Write(object value) => new JValue(((RecipePath)value).Given);

    public override JObject Schema() => _text.Schema();
}
