using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>One entry of <c>data.sources</c>.</summary>
internal sealed record EntrySettings
{
    /// <summary>
    /// The entry that joins other datasets' conversations and has no files of its own.
    /// </summary>
    public const string LlavaOtterBlend = "llava_otter_blend";

    [Meaning("A known dataset, or a name of the user's own when format is given.")]
    [Matches("^[A-Za-z][A-Za-z0-9_-]*$"), Allowed("made of letters, digits, '_' and '-', a letter first")]
    [Fingerprint(1)]
    public required string Name { get; init; }

    /// <summary>Null for a known dataset.</summary>
    [Meaning("The format of the user's own data; left out for a known dataset.")]
    [Fingerprint(2, AsWritten = true)]
    public SourceFormat? Format { get; init; }

    [Meaning("Annotation files in place of the dataset's own, relative to the data root; ~ is the home folder.")]
    [Matches(PathForm.Pattern), Allowed("the path of a file")]
    [Fingerprint(3)]
    public IReadOnlyList<string> Annotations { get; init; } = [];

    [Meaning("Image folder or image file in place of the dataset's own, relative to the data root; null: its own.")]
    [Matches(PathForm.Pattern), Allowed("the path of a folder or file, or null"), NullAllowed]
    [Fingerprint(4)]
    public string? Images { get; init; }

    [Meaning("Samples taken, drawn at random.")]
    [Range(From = 1, To = 1_000_000_000)]
    [Fingerprint(5)]
    public AllOrCount Samples { get; init; }

    [Meaning("Most conversations joined into one sample; group sizes are uniform from 1 to this.")]
    [Range(From = 1, To = 1000)]
    [Fingerprint(6)]
    public int Concatenate { get; init; } = 1;

    [Meaning("Whether llava_otter_blend asks once more about each image after the comparison.")]
    [Written(When = nameof(IsLlavaOtterBlend))]
    [Fingerprint(7)]
    public bool FollowUp { get; init; }

    /// <summary>
    /// Whether the entry joins other datasets. A user's own data may bear the name, but has a
    /// format.
    /// </summary>
    public bool IsLlavaOtterBlend => Name == LlavaOtterBlend && Format is null;
}
