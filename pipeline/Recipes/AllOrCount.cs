namespace VisualChat.Pipeline.Recipes;

/// <summary>All samples of an entry, or so many of them.</summary>
/// <param name="Count">How many; null: all.</param>
internal readonly record struct AllOrCount(int? Count)
{
    public static AllOrCount All => default;

    public static AllOrCount Of(int count) => new(count);
}
