namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>The key's default follows from other keys.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DerivedAttribute : Attribute;
