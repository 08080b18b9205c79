namespace VisualChat.Pipeline.Images;

/// <summary>Why an image cannot be used.</summary>
public enum ImageProblem
{
    /// <summary>It has no bytes.</summary>
    Empty,

    /// <summary>Its bytes are not an image of a known format.</summary>
    NotAnImage,

    /// <summary>It has more pixels than the program decodes.</summary>
    TooLarge,

    /// <summary>It ends too early, or does not decode.</summary>
    Damaged,
}
