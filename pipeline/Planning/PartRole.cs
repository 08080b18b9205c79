namespace VisualChat.Pipeline.Planning;

/// <summary>How a record joins the records before it in a sample.</summary>
internal enum PartRole : byte
{
    /// <summary>
    /// Begins a new conversation: it shows all its images, even if they were shown before.
    /// </summary>
    Begins,

    /// <summary>
    /// Continues over the same images: it shows only those not shown yet since the last
    /// <see cref="Begins"/>.
    /// </summary>
    Continues,

    /// <summary>
    /// Asks again about one image that was shown: every question and answer names that image.
    /// </summary>
    FollowUp,
}
