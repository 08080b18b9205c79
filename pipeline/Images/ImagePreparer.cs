using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// Makes what a shard holds of an image: the crop the model sees, encoded, or the image's own
/// bytes, checked. Thread safe.
/// </summary>
internal sealed class ImagePreparer(ImageSettings settings)
{
    private const int JpegQuality = 95;

    private readonly ClipCrop _crop = new(settings.Size);

    /// <summary>Prepares an image.</summary>
    /// <param name="encoded">The image as its dataset has it.</param>
    /// <param name="buffers">Where the result's memory comes from.</param>
    /// <returns>
    /// The image as a row holds it: the same one, with one more user, if originals are stored.
    /// </returns>
    /// <exception cref="UnusableImageException">
    /// It has no bytes, is not an image, too large, damaged or cut off.
    /// </exception>
    public PooledBytes Prepare(PooledBytes encoded, PooledBuffers buffers)
    {
        if (settings.Store == ImageStore.Original)
        {
            _ = ImageProbe.Check(encoded.Span);
            _ = encoded.TryShare();
            return encoded;
        }

        int size = _crop.Size;
        if (settings.Encoding == ImageEncoding.Ppm)
        {
            PooledBytes ppm = buffers.Rent(PpmImage.LengthOf(size));
            _crop.Crop(encoded.Span, PpmImage.Begin(ppm.Span, size));
            return ppm;
        }

        byte[] rgb = _crop.Crop(encoded.Span);
        return new PooledBytes(settings.Encoding switch
        {
            ImageEncoding.Jpeg => CropEncoder.ToJpeg(rgb, size, JpegQuality),
            ImageEncoding.Png => CropEncoder.ToPng(rgb, size),
            _ => CropEncoder.ToWebp(rgb, size),
        });
    }
}
