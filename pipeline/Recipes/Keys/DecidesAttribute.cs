namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>What a key decides; for a section, all its keys that do not say otherwise.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DecidesAttribute(Outcome outcome) : Attribute
{
    public Outcome Outcome { get; } = outcome;
}
