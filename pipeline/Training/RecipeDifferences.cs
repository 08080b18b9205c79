using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Training;

/// <summary>What keeps one recipe from going on with another's training.</summary>
internal static class RecipeDifferences
{
    // How often something is looked at or kept changes no weight.
    private static readonly string[] Harmless = ["training.evaluate_every", "training.checkpoint_every", "training.keep_checkpoints"];

    // Shards have a fingerprint of their own; a tokenizer is known by its content.
    private static readonly string[] Deciding = ["seed", "images.size", "images.tokens", "model.", "training."];

    /// <summary>Each key that decides the training and differs, with both values.</summary>
    public static IReadOnlyList<string> Of(string before, string now)
    {
        SortedDictionary<string, string> old = Keys(before), current = Keys(now);
        return
        [
            .. old.Keys.Union(current.Keys)
                .Where(key => Deciding.Any(part => part.EndsWith('.') ? key.StartsWith(part, StringComparison.Ordinal) : key == part) && !Harmless.Contains(key))
                .Select(key => (Key: key, Old: old.GetValueOrDefault(key, "none"), New: current.GetValueOrDefault(key, "none")))
                .Where(pair => pair.Old != pair.New)
                .Select(pair => $"{pair.Key} was {pair.Old} and is {pair.New}"),
        ];
    }

    private static SortedDictionary<string, string> Keys(string yaml)
    {
        var keys = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (YamlTree.Read(yaml, null, []) is JObject root)
            foreach (JValue value in root.Descendants().OfType<JValue>())
                keys[value.Path] = value.ToString(Newtonsoft.Json.Formatting.None);
        return keys;
    }
}
