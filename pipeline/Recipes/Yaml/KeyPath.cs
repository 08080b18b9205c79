using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Yaml;

/// <summary>
/// Paths of keys as messages and <c>--set</c> write them: <c>data.sources.0.samples</c>.
/// </summary>
internal static class KeyPath
{
    /// <summary>The path of a value or property from the root; empty for the root.</summary>
    public static string Of(JToken token)
    {
        var parts = new Stack<string>();
        for (JToken? at = token; at?.Parent is JContainer parent; at = parent)
        {
            if (at is JProperty property)
                parts.Push(property.Name);
            else if (parent is JArray list)
                parts.Push(list.IndexOf(at).ToString());
        }

        return string.Join('.', parts);
    }

    /// <summary>The path of a key inside a map.</summary>
    public static string Of(JToken map, string key) => Of(map) is { Length: > 0 } path ? $"{path}.{key}" : key;

    /// <summary>Where a value was written, as messages name it.</summary>
    public static string OriginOf(JToken token)
    {
        for (JToken? at = token; at != null; at = at.Parent)
        {
            if (at.Annotation<YamlOrigin>() is YamlOrigin origin)
                return origin.Text;
        }

        return "line 1";
    }
}
