namespace VisualChat.Model.Attention;

/// <summary>
/// Neighbouring positions of one kind, in reading order: a stretch of text, or one image's visual
/// tokens.
/// </summary>
/// <param name="IsImage">Whether the positions are an image's.</param>
/// <param name="Length">How many positions; 0 is allowed.</param>
internal readonly record struct Run(bool IsImage, int Length)
{
    public static Run Text(int length) => new(false, length);

    public static Run Image(int length) => new(true, length);
}
