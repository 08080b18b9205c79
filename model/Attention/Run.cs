namespace VisualChat.Model.Attention;

/// <summary>Neighbouring positions of one kind, in reading order: a stretch of text, or one image's visual tokens.</summary>
/// <param name="IsImage">Whether they are an image's.</param>
/// <param name="Length">How many positions; none is allowed.</param>
public readonly record struct Run(bool IsImage, int Length)
{
    /// <summary>Positions of text.</summary>
    public static Run Text(int length) => new(false, length);

    /// <summary>Positions of one image.</summary>
    public static Run Image(int length) => new(true, length);
}
