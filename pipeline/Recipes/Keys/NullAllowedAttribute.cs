namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>
/// A recipe may say <c>null</c>, and a resolved recipe does. A key without this attribute whose
/// value is null is left out of a resolved recipe.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NullAllowedAttribute : Attribute;
