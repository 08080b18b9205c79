namespace VisualChat.Pipeline.Recipes;

/// <summary>One entry of <c>data.sources</c>.</summary>
public sealed record SourceSettings
{
    /// <summary>A dataset of the registry, or the user's own name when <see cref="Format"/> is given.</summary>
    public required string Name { get; init; }

    /// <summary>The format of a user's own data; null for a dataset of the registry.</summary>
    public string? Format { get; init; }

    /// <summary>Annotation files instead of the dataset's own, relative to the data root; empty for the default.</summary>
    public IReadOnlyList<string> Annotations { get; init; } = [];

    /// <summary>Image folder or image file instead of the dataset's own, relative to the data root; null for the default.</summary>
    public string? Images { get; init; }

    /// <summary>Samples taken, drawn at random; null: all.</summary>
    public int? Samples { get; init; }

    /// <summary>Most conversations joined into one sample; group sizes are uniform in 1..this.</summary>
    public int Concatenate { get; init; } = 1;

    /// <summary>Whether <c>llava_otter_blend</c> asks once more about each image after the comparison.</summary>
    public bool FollowUp { get; init; }

    /// <summary>Whether the entry joins other datasets (a user's own data may bear the name, but has a format).</summary>
    public bool IsLlavaOtterBlend => Name == SourceNames.LlavaOtterBlend && Format is null;
}
