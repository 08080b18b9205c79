namespace VisualChat.Pipeline.Features;

/// <summary><c>features.json</c>: what a folder's features are.</summary>
internal sealed record FeatureManifest
{
    /// <summary>The version of the folder's layout that this program writes.</summary>
    public const int CurrentFormatVersion = 1;

    public int FormatVersion { get; init; } = CurrentFormatVersion;

    public required FeatureKind Kind { get; init; }

    /// <summary>
    /// The blends whose images are all there, by their plan's fingerprint: how many images the
    /// folder had when they were.
    /// </summary>
    public required IReadOnlyDictionary<string, int> Blends { get; init; }
}
