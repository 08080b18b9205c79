namespace VisualChat.Pipeline.Features;

/// <summary>
/// What features depend on, beside the image's bytes: the tower, how an image becomes its pixels,
/// and the type that is computed in. All features of a folder are of one kind.
/// </summary>
/// <param name="Tower">The tower in words.</param>
/// <param name="TowerSha256">Of its sizes, and of the files of its weights.</param>
/// <param name="ImageSize">Side of the images in pixels.</param>
/// <param name="ImageResize">How an image becomes a square.</param>
/// <param name="Dtype">The type, by the recipe's name.</param>
/// <param name="Frozen">
/// In how many bits the tower's weights are kept; null: as files have them.
/// </param>
/// <param name="Shape">[P, F]: visual tokens, and the width of each.</param>
internal sealed record FeatureKind(
    string Tower,
    string TowerSha256,
    int ImageSize,
    string ImageResize,
    string Dtype,
    string? Frozen,
    IReadOnlyList<int> Shape)
{
    /// <summary>Every difference as a clause; empty if they are the same.</summary>
    /// <param name="wanted">What the recipe's features are.</param>
    public IReadOnlyList<string> DifferencesFrom(FeatureKind wanted)
    {
        var differences = new List<string>();
        Compare("their tower is a", Tower, wanted.Tower);
        if (Tower == wanted.Tower)
            Compare("their tower has other weights, SHA-256", Short(TowerSha256), Short(wanted.TowerSha256));
        Compare("images.size is", ImageSize, wanted.ImageSize);
        Compare("images.resize is", ImageResize, wanted.ImageResize);
        Compare("model.dtype is", Dtype, wanted.Dtype);
        Compare("model.frozen is", Frozen ?? "null", wanted.Frozen ?? "null");
        Compare("an image has", Sizes(Shape), Sizes(wanted.Shape));
        return differences;

        void Compare<T>(string what, T found, T own)
        {
            if (!Equals(found, own))
                differences.Add($"{what} {found}, the recipe has {own}");
        }

        static string Short(string sha256) => sha256[..Math.Min(12, sha256.Length)];

        static string Sizes(IReadOnlyList<int> shape) => string.Join(" x ", shape);
    }
}
