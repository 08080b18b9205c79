using VisualChat.Model.Safetensors;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Inspection;

/// <summary>A sample as the tensors a model takes in, under Hugging Face's names.</summary>
internal static class SampleTensors
{
    /// <summary>
    /// <c>pixel_values</c> [images, 3, S, S] float32, normalised; <c>input_ids</c> and
    /// <c>labels</c> [positions of text] int64, one <c>&lt;image&gt;</c> id for each image.
    /// </summary>
    /// <param name="row">The sample.</param>
    /// <param name="frame">What the model sees of an image: [S, S].</param>
    /// <exception cref="UnusableImageException">A stored image does not decode.</exception>
    public static IReadOnlyList<SafetensorsTensor> Of(SampleRow row, ImageFrame frame)
    {
        int size = frame.Size;
        int values = ClipNormalization.Channels * size * size;
        float[] pixels = new float[row.ImageCount * values];
        for (int image = 0; image < row.ImageCount; image++)
        {
            byte[] rgb = StoredImage.ToRgb(row.Images[image].Bytes.Span, frame);
            ClipNormalization.Normalize(rgb, pixels.AsSpan(image * values, values));
        }

        return
        [
            SafetensorsTensor.Of("pixel_values", [row.ImageCount, ClipNormalization.Channels, size, size], pixels),
            SafetensorsTensor.Of("input_ids", [row.InputIds.Length], Array.ConvertAll(row.InputIds, id => (long)id)),
            SafetensorsTensor.Of("labels", [row.Labels.Length], Array.ConvertAll(row.Labels, label => (long)label)),
        ];
    }
}
