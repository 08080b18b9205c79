using VisualChat.Gpu;
using VisualChat.Model;

namespace VisualChat.Integration.Tests.Gpu;

/// <summary>Operations counted for the paper's model, against a count by hand.</summary>
public sealed class UsefulWorkTests
{
    [Fact]
    public void Six_samples_of_four_images_and_270_words_take_190_TFLOP_of_LLaMA_7B_and_its_tower()
    {
        ModelDescription description = RandomTowers.Large("");
        IReadOnlyList<ModelSample> samples = [.. Enumerable.Repeat(Sample(description.ImageToken, 54), 6)];
        UsefulWork.Of(description, samples).Should().BeApproximately(190.359e12, 0.001e12);
    }

    [Fact]
    public void Words_without_images_take_two_products_of_every_weight_forwards_and_backwards()
    {
        ModelDescription description = RandomTowers.Large("");
        int[] ids = [.. Enumerable.Range(1, 100)];
        double layer = (4 * 4096.0 * 4096) + (3 * 4096.0 * 11008);
        double keysAndQueries = 3 * 4096.0 * 4096;
        double products = (31 * 100 * layer) + (100 * keysAndQueries) + (99 * (layer - keysAndQueries))
            + (99 * 32003 * 4096.0);
        double attention = 32 * 4 * 4096.0 * 100 * 100 / 2;
        UsefulWork.Of(description, [new ModelSample(ids, ids)]).Should().Be((4 * products) + (3.5 * attention));
    }

    // Five runs of words, an image between each two; the last 100 words are learned.
    private static ModelSample Sample(int imageToken, int words)
    {
        int[] ids =
        [
            .. Enumerable.Range(0, 5).SelectMany(run =>
                Enumerable.Repeat(imageToken, run == 0 ? 0 : 1).Concat(Enumerable.Repeat(7, words))),
        ];
        int learned = 0;
        int[] labels = new int[ids.Length];
        for (int place = ids.Length - 1; place >= 0; place--)
            labels[place] = ids[place] != imageToken && learned++ < 100 ? ids[place] : ModelSample.IgnoredLabel;
        return new ModelSample(ids, labels);
    }
}
