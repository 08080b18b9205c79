using NetVips;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Images;

/// <summary>Makes of a source's image what a shard holds: the crop the model sees, encoded, or the source's own bytes, checked. Thread safe.</summary>
public sealed class ImagePreparer
{
    private const int JpegQuality = 95;
    private const int PngCompression = 1;

    private readonly ImageSettings _settings;
    private readonly ClipCrop _crop;

    /// <summary>Prepares images as a recipe says.</summary>
    public ImagePreparer(ImageSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _crop = new ClipCrop(settings.Size);
    }

    /// <summary>Prepares one image.</summary>
    /// <param name="encoded">The image as its source has it.</param>
    /// <returns>The image as a row holds it; the same array where the source's bytes are kept.</returns>
    /// <exception cref="RecordRejectedException">The image is empty, no image, too large, damaged or cut off.</exception>
    public byte[] Prepare(byte[] encoded)
    {
        if (_settings.Store == ImageStore.Original)
        {
            _ = ImageProbe.Check(encoded);
            return encoded;
        }

        byte[] rgb = _crop.Crop(encoded);
        int size = _crop.Size;
        return _settings.Encoding switch
        {
            ImageEncoding.Png => WithVips(rgb, image =>
                image.PngsaveBuffer(compression: PngCompression, filter: Enums.ForeignPngFilter.Up, keep: Enums.ForeignKeep.None)),
            ImageEncoding.Ppm => PpmImage.Encode(rgb, size),
            ImageEncoding.Jpeg => WithVips(rgb, image =>
                image.JpegsaveBuffer(q: JpegQuality, subsampleMode: Enums.ForeignSubsample.Off, keep: Enums.ForeignKeep.None)),
            _ => WithVips(rgb, image => image.WebpsaveBuffer(lossless: true, effort: 0, keep: Enums.ForeignKeep.None)),
        };
    }

    private byte[] WithVips(byte[] rgb, Func<Image, byte[]> save)
    {
        LibraryDecoder.Prepare();
        using Image image = Image.NewFromMemory(rgb, _crop.Size, _crop.Size, 3, Enums.BandFormat.Uchar);
        using Image srgb = image.Copy(interpretation: Enums.Interpretation.Srgb);
        return save(srgb);
    }
}
