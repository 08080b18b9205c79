namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>What messages say is allowed, where the key's type does not say enough.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AllowedAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
