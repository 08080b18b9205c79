namespace VisualChat.Pipeline.Planning;

/// <summary>How a record joins the records before it in a sample.</summary>
internal enum PartRole : byte
{
    /// <summary>Begins a conversation of its own: it shows all its images, whatever was shown before.</summary>
    Begins,

    /// <summary>Goes on over the same images: it shows only those not yet shown since the last <see cref="Begins"/>.</summary>
    Continues,

    /// <summary>Asks once more about one image already shown: every question and answer names that image.</summary>
    FollowUp,
}
