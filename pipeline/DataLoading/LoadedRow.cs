using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>One row between reading and decoding.</summary>
/// <param name="File">The shard that holds it.</param>
internal sealed record LoadedRow(string File, TrainingRow Row)
{
    /// <summary>An image's pixels.</summary>
    /// <param name="image">Its place among the row's, from 0.</param>
    /// <param name="frame">What the model sees of it.</param>
    /// <returns>[S, S, 3]</returns>
    /// <exception cref="InputException">It does not decode.</exception>
    public byte[] CropOf(int image, ImageFrame frame)
    {
        try
        {
            return StoredImage.ToRgb(Row.Images[image].Bytes.Span, frame);
        }
        catch (UnusableImageException exception)
        {
            throw new InputException(
                $"{NameOf(image)} does not decode ({exception.Message}). "
                + "Blend again with --fresh, which leaves such records out.");
        }
    }

    /// <summary>An image, for messages.</summary>
    public string NameOf(int image) =>
        $"'{File}': image {image + 1} of sample '{Row.Id}' ({Row.Images[image].Path})";
}
