namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// What was changed in a record so that it can be used. Mended records are counted by kind in the
/// manifest, by <c>validate</c> and by <c>blend</c> (<see cref="MendTally"/>).
/// </summary>
[Flags]
internal enum Mend : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// An image mark stood among the words of a question. The image is shown before the question,
    /// as all images are.
    /// </summary>
    MarksMoved = 1,

    /// <summary>
    /// Marks were taken out of a question that say again which images it shows, or that name an
    /// image shown by an earlier round.
    /// </summary>
    MarksRemoved = 2,

    /// <summary>No mark stood in the record; its images are shown by its first round.</summary>
    ImagesPutFirst = 4,

    /// <summary>
    /// Marks of another program, such as <c>&lt;|image|&gt;</c>, showed the images.
    /// </summary>
    ForeignMarks = 8,

    /// <summary>
    /// The record's own system text was left out: the recipe's stands in its place.
    /// </summary>
    SystemLeftOut = 16,

    /// <summary>
    /// One image that is not in a list, under a key that means several.
    /// </summary>
    ImagesNotListed = 32,
}
