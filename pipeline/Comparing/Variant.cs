using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Comparing;

/// <summary>One combination of the varied keys' values.</summary>
/// <param name="Label">What pages and messages call it: its values.</param>
/// <param name="Values">A value for each varied key, as it was given.</param>
/// <param name="Recipe">The recipe with them, checked.</param>
internal sealed record Variant(string Label, IReadOnlyList<string> Values, Recipe Recipe);
