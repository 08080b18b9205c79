namespace VisualChat.Model.HuggingFace;

/// <summary>
/// More than any model has. A configuration beyond these is a mistake, or made to exhaust the
/// machine; within them, no product of sizes leaves 64 bits. What is made is bounded further: by
/// the tensors that are there, and by the machine's memory.
/// </summary>
internal static class SizeLimits
{
    /// <summary>Width of a layer, of what is inside it, or of all heads.</summary>
    public const int Width = 1 << 20;

    /// <summary>Layers.</summary>
    public const int Layers = 1024;

    /// <summary>Heads.</summary>
    public const int Heads = 1 << 14;

    /// <summary>Rows of a vocabulary.</summary>
    public const int Vocabulary = 1 << 24;

    /// <summary>Positions.</summary>
    public const int Positions = 1 << 28;

    /// <summary>Side of an image in pixels.</summary>
    public const int Pixels = 1 << 14;
}
