namespace VisualChat.Pipeline.Recipes;

/// <summary>Something that the program decides, or that is decided.</summary>
/// <param name="Truth">How; null: the program decides.</param>
internal readonly record struct AutoOrTruth(bool? Truth)
{
    public static AutoOrTruth Auto => default;

    public static AutoOrTruth Of(bool truth) => new(truth);
}
