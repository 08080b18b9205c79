namespace VisualChat.Pipeline.Recipes.Yaml;

/// <summary>
/// Where a value was written, as messages name it: <c>line 31</c>, or the <c>--set</c> that gave
/// it. Annotates the JSON tree.
/// </summary>
internal sealed record YamlOrigin(string Text);
