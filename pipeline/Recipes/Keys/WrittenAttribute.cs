namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>How a resolved recipe has a key.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WrittenAttribute : Attribute
{
    /// <summary>
    /// Keys of a map are written by this order, and where it is equal as they are declared. The
    /// bytes of resolved recipes stay the same, whatever order messages list the keys in.
    /// </summary>
    public int Order { get; init; }

    /// <summary>The property that says whether the key is written at all.</summary>
    public string? When { get; init; }
}
