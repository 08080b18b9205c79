namespace VisualChat.Pipeline.Inspection;

/// <summary>What a span of a sample's ids is.</summary>
internal enum SpanKind
{
    /// <summary>Text that the model only reads.</summary>
    Read,

    /// <summary>Text that the model learns to say.</summary>
    Trained,

    /// <summary>An image's place.</summary>
    Image,
}
