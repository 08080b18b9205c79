using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Validation;

/// <summary>
/// A look at some images of a dataset, which finds what no index knows: pages of errors saved as
/// images, Git LFS pointers, files cut off. Only a blend decodes every image.
/// </summary>
/// <param name="Images">Images looked at.</param>
/// <param name="Unusable">How many of them cannot be used.</param>
/// <param name="Examples">The first of these: <c>PATH: what is wrong</c>.</param>
internal sealed record ImageSpotCheck(int Images, int Unusable, IReadOnlyList<string> Examples)
{
    private const int MostImages = 64;
    private const int MostExamples = 3;

    /// <summary>Whether not one image can be used.</summary>
    public bool NoneIsUsable => Images > 0 && Unusable == Images;

    /// <summary>
    /// Looks at up to 64 images of a dataset, evenly spread over its records. Costs the reading of
    /// each; none is decoded.
    /// </summary>
    /// <exception cref="IOException">The storage failed.</exception>
    public static ImageSpotCheck Of(DatasetIndex dataset, IImageTable images)
    {
        int[] shown = dataset.ImageIds;
        int[] chosen =
        [
            .. Enumerable.Range(0, Math.Min(shown.Length, MostImages))
                .Select(place => shown[(long)place * shown.Length / Math.Min(shown.Length, MostImages)])
                .Distinct(),
        ];
        var buffers = new PooledBuffers();
        string[] problems = [.. chosen.Select(image => ProblemOf(image, images, buffers)).OfType<string>()];
        return new ImageSpotCheck(chosen.Length, problems.Length, [.. problems.Take(MostExamples)]);
    }

    public override string ToString()
    {
        string verdict = NoneIsUsable ? "none can be used" : $"{Unusable:N0} cannot be used";
        return $"of {Images:N0} images looked at, {verdict}: {string.Join("; ", Examples)}";
    }

    private static string? ProblemOf(int image, IImageTable images, PooledBuffers buffers)
    {
        try
        {
            PooledBytes encoded = images.Read(image, buffers);
            try
            {
                _ = ImageProbe.Check(encoded.Span);
                return null;
            }
            finally
            {
                encoded.Release();
            }
        }
        catch (RecordRejectedException rejection)
        {
            return $"{images.PathOf(image)}: {rejection.Detail}";
        }
        catch (UnusableImageException unusable)
        {
            return $"{images.PathOf(image)}: {unusable.Detail}";
        }
    }
}
