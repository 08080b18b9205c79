using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Recipes.Yaml;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>A key as a recipe that is being read has it.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Token">What the recipe says there; null: nothing.</param>
/// <param name="IsSound">Whether nothing was refused there.</param>
internal readonly record struct GivenKey(string Path, JToken? Token, bool IsSound)
{
    public bool IsGiven => Token is not null;

    /// <summary>Whether there is a value that is not null.</summary>
    public bool HasValue => Token is not null and not { Type: JTokenType.Null };

    /// <summary>Where it was written, as messages say it.</summary>
    public string Origin => Token is null ? "by default" : KeyPath.OriginOf(Token);

    /// <summary>The key and where it was written, as most messages begin.</summary>
    public override string ToString() => $"'{Path}' ({Origin})";
}
