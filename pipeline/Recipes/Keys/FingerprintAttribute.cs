namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>
/// The key decides the bytes of shards: it is part of the recipe's fingerprint. Place and name are
/// those the first fingerprints had, so shards that exist keep theirs.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FingerprintAttribute(int place) : Attribute
{
    /// <summary>
    /// The key's place among all keys that are hashed, or among those of a list's item.
    /// </summary>
    public int Place { get; } = place;

    /// <summary>What it is called there; null: the key's name.</summary>
    public string? Name { get; init; }

    /// <summary>The property that says whether the key has any effect.</summary>
    public string? When { get; init; }

    /// <summary>A key that came later: its default is what shards made before had.</summary>
    public bool UnlessDefault { get; init; }

    /// <summary>A choice is hashed by its name in recipes, not by its member's name.</summary>
    public bool AsWritten { get; init; }
}
