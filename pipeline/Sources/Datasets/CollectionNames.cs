namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>
/// Other names of images in collections that users mix into data of their own, as LLaVA's 665k does
/// (<c>coco/train2017/...</c>, <c>ocr_vqa/images/...</c>, <c>vg/VG_100K/...</c>). A folder says
/// which collection it is; an image of no known collection has one name only.
/// </summary>
internal static class CollectionNames
{
    private static readonly string[] Extensions = [".jpg", ".png", ".gif", ".jpeg"];

    private static readonly string[] VisualGenome = ["VG_100K", "VG_100K_2"];

    private static readonly HashSet<string> CocoFolders = ["train2014", "val2014", "train2017", "val2017", "coco"];

    /// <summary>The names of the image beside the first one.</summary>
    public static IEnumerable<string> OtherNamesOf(string file)
    {
        string[] parts = file.Split('/');
        string[] folders = parts[..^1];
        if (folders.Any(CocoFolders.Contains) || parts[^1].StartsWith("COCO_", StringComparison.Ordinal))
            return Coco.OtherNamesOf(file);
        if (folders.Contains(VisualGenome[0]) || folders.Contains(VisualGenome[1]))
            return [string.Join('/', parts.Select(OtherHalf))];
        return folders.Any(folder => folder.Equals("ocr_vqa", StringComparison.OrdinalIgnoreCase))
            ? WithOtherExtensions(file)
            : [];
    }

    /// <summary>
    /// OCR-VQA's covers have the extension of an address in the release, and of what came from it
    /// on disks: GIFs are kept as .jpg and JPEGs as .gif. A cover's key decides; what an image is,
    /// its bytes say.
    /// </summary>
    public static IEnumerable<string> WithOtherExtensions(string file)
    {
        string stem = file[..^Path.GetExtension(file).Length];
        return Extensions.Select(extension => stem + extension).Where(other => other != file);
    }

    /// <summary>Visual Genome's images lie in two folders; a number is in one of them.</summary>
    public static IEnumerable<string> InVisualGenome(string file) =>
        VisualGenome.Select(half => $"{half}/{file}");

    private static string OtherHalf(string part) =>
        part == VisualGenome[0] ? VisualGenome[1] : part == VisualGenome[1] ? VisualGenome[0] : part;
}
