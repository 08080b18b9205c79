namespace VisualChat.Model.Vision;

/// <summary>
/// Turns a crop's bytes into the values that CLIP's vision tower was trained on: scaled to 0..1,
/// less the mean and divided by the standard deviation of its training images
/// (openai/clip-vit-large-patch14, <c>preprocessor_config.json</c>).
/// </summary>
/// <remarks>
/// Costs one table lookup a byte. The table holds what float32 arithmetic in Hugging Face's order
/// gives. Lower bound: a read and a write. A model takes bytes, and looks them up on its device
/// (<see cref="PixelTable"/>).
/// </remarks>
public static class ClipNormalization
{
    /// <summary>Channels of an image: red, green, blue.</summary>
    public const int Channels = 3;

    /// <summary>Levels of a channel.</summary>
    internal const int Levels = 256;

    private static readonly float[] Means = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Deviations = [0.26862954f, 0.26130258f, 0.27577711f];
    private static readonly float[] Table = [.. Enumerable.Range(0, Channels).SelectMany(TableOf)];

    /// <summary>Mean of each channel, of values in 0..1.</summary>
    public static ReadOnlySpan<float> Mean => Means;

    /// <summary>Standard deviation of each channel, of values in 0..1.</summary>
    public static ReadOnlySpan<float> StandardDeviation => Deviations;

    /// <summary>[3, 256] The value of each channel's levels.</summary>
    internal static ReadOnlySpan<float> Values => Table;

    /// <summary>Normalises one crop and separates its channels.</summary>
    /// <param name="rgb">[S, S, 3] bytes.</param>
    /// <param name="planes">[3, S, S] floats; receives the result.</param>
    /// <exception cref="ArgumentException">
    /// The two differ in length, or the length is not a multiple of 3.
    /// </exception>
    public static void Normalize(ReadOnlySpan<byte> rgb, Span<float> planes)
    {
        if (rgb.Length != planes.Length || rgb.Length % Channels != 0)
        {
            throw new ArgumentException(
                $"{rgb.Length} bytes do not make {planes.Length} values of three channels.", nameof(planes));
        }

        int pixels = rgb.Length / Channels;
        for (int channel = 0; channel < Channels; channel++)
        {
            ReadOnlySpan<float> table = Table.AsSpan(Levels * channel, Levels);
            Span<float> plane = planes.Slice(channel * pixels, pixels);
            for (int pixel = 0, source = channel; pixel < plane.Length; pixel++, source += Channels)
                plane[pixel] = table[rgb[source]];
        }
    }

    private static float[] TableOf(int channel)
    {
        float[] table = new float[Levels];
        for (int level = 0; level < table.Length; level++)
            table[level] = ((float)(level * (1.0 / 255)) - Means[channel]) / Deviations[channel];
        return table;
    }
}
