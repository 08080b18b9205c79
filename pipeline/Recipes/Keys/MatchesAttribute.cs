namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>The regular expression that a text, or each text of a list, matches.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MatchesAttribute(string pattern) : Attribute
{
    public string Pattern { get; } = pattern;
}
