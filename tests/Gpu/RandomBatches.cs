using VisualChat.Model;
using VisualChat.Model.Vision;

namespace VisualChat.Gpu;

/// <summary>Batches of random words and pixels for the random model.</summary>
internal static class RandomBatches
{
    /// <summary>Images of a sample.</summary>
    public const int Images = 4;

    private const int Text = 272, Labels = 100;

    /// <summary>
    /// Samples like the paper's: 4 images among 272 words, the last 100 of which are learned.
    /// </summary>
    /// <param name="description">The model.</param>
    /// <param name="count">How many.</param>
    /// <param name="ordinal">
    /// Decides words and pixels. Each sample has some words more or less, as packed batches always
    /// have another length.
    /// </param>
    public static IReadOnlyList<ModelSample> Samples(ModelDescription description, int count, int ordinal)
    {
        var random = new Random(ordinal);
        return [.. Enumerable.Range(0, count).Select(index =>
        {
            int text = Text - (2 * ordinal) + index;
            return Sample(description, random, text);
        })];
    }

    /// <summary>The samples with random images, in one micro-batch.</summary>
    public static MicroBatch Of(ModelDescription description, IReadOnlyList<ModelSample> samples)
    {
        int images = samples.Sum(sample => sample.InputIds.Span.Count(description.ImageToken));
        return new MicroBatch(samples, Crops(images, description.Vision.ImageSize));
    }

    /// <summary>Images of random pixels: [S, S, 3] bytes each.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Crops(int images, int side)
    {
        var random = new Random(images);
        return [.. Enumerable.Range(0, images).Select(_ =>
        {
            byte[] crop = new byte[side * side * ClipNormalization.Channels];
            random.NextBytes(crop);
            return (ReadOnlyMemory<byte>)crop;
        })];
    }

    private static ModelSample Sample(ModelDescription description, Random random, int text)
    {
        int words = description.VocabularySize - description.AddedTokens;
        List<int> ids = [];
        for (int part = 0; part <= Images; part++)
        {
            if (part > 0)
                ids.Add(description.ImageToken);
            int length = part < Images ? text / (Images + 1) : text - (Images * (text / (Images + 1)));
            ids.AddRange(Enumerable.Range(0, length).Select(_ => random.Next(words)));
        }

        // The last labelled words are the last words: those before images are questions.
        int[] labels = [.. Enumerable.Repeat(ModelSample.IgnoredLabel, ids.Count)];
        int learned = 0;
        for (int place = ids.Count - 1; learned < Labels; place--)
        {
            if (ids[place] == description.ImageToken)
                continue;
            labels[place] = ids[place];
            learned++;
        }

        return new ModelSample(ids.ToArray(), labels);
    }
}
