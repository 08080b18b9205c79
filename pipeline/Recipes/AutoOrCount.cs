namespace VisualChat.Pipeline.Recipes;

/// <summary>A number that is chosen by the program, or a certain one.</summary>
/// <param name="Count">Which; null: the program chooses.</param>
internal readonly record struct AutoOrCount(int? Count)
{
    public static AutoOrCount Auto => default;

    public static AutoOrCount Of(int count) => new(count);
}
