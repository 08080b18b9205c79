using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>
/// The images of <c>Data/images</c>: golden ones, which <c>make_golden.py</c> there renews, and in
/// <c>kinds</c> others, made once by libvips 8.18 from golden ones, whose crops must be equal to
/// those of an image beside them.
/// </summary>
internal static class ImageData
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Data", "images");

    public static byte[] Source(string name) => File.ReadAllBytes(Path.Combine(Folder, "sources", name));

    public static byte[] Kind(string name) => File.ReadAllBytes(Path.Combine(Folder, "kinds", name));

    public static IEnumerable<byte[]> Kinds() => Directory.GetFiles(Path.Combine(Folder, "kinds"))
        .Order(StringComparer.Ordinal)
        .Select(File.ReadAllBytes);

    public static IEnumerable<string> Names() => Directory.GetFiles(Path.Combine(Folder, "sources"))
        .Select(path => Path.GetFileName(path)!)
        .Order(StringComparer.Ordinal);

    /// <summary>
    /// The sources that have an expected crop, by the crops' names: SOURCE.SIZE.png.
    /// </summary>
    public static IEnumerable<string> NamesOfExpected() => Directory.GetFiles(Path.Combine(Folder, "expected"))
        .Select(path => Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(path)))
        .Order(StringComparer.Ordinal);

    /// <summary>The size of a source's expected crop, and its pixels.</summary>
    public static (int Size, byte[] Rgb) Expected(string name)
    {
        string path = Directory.GetFiles(Path.Combine(Folder, "expected"), name + ".*.png").Single();
        int size = int.Parse(path.Split('.')[^2]);
        return (size, StoredImage.ToRgb(File.ReadAllBytes(path), size));
    }
}
