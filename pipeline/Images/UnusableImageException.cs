namespace VisualChat.Pipeline.Images;

/// <summary>
/// An image cannot be used. The code that asked for it turns this into its own error.
/// </summary>
internal sealed class UnusableImageException(ImageProblem problem, string detail)
    : Exception($"{NameOf(problem)}: {detail}")
{
    public ImageProblem Problem { get; } = problem;

    /// <summary>What exactly is wrong, without a full stop.</summary>
    public string Detail { get; } = detail;

    private static string NameOf(ImageProblem problem) => problem switch
    {
        ImageProblem.Empty => "image-empty",
        ImageProblem.NotAnImage => "not-an-image",
        ImageProblem.TooLarge => "image-too-large",
        _ => "image-damaged",
    };
}
