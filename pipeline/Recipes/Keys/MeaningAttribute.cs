namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>Makes a property a key of the recipe, and says what the key means.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MeaningAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
