using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Vision;

namespace VisualChat.Gpu;

/// <summary>
/// The floating-point operations that an update of frozen towers cannot do without, however it is
/// computed: products of the rows that mmca needs, forwards, and backwards to the inputs. A frozen
/// product costs as much backwards as forwards, attention two and a half times. What is computed
/// twice, or for padding, is not counted. Norms and activations are less than a hundredth.
/// </summary>
internal static class UsefulWork
{
    /// <summary>
    /// Operations of one update over the samples, an addition and a product each one.
    /// </summary>
    public static double Of(ModelDescription description, IReadOnlyList<ModelSample> samples)
    {
        if (description.Attention != AttentionMode.Mmca)
            throw new ArgumentException("Counted is mmca, where image rows have no query.", nameof(description));
        LlamaConfig language = description.Language;
        var vision = (ClipVisionConfig)description.Vision;
        double hidden = language.HiddenSize, heads = (double)language.Heads * language.HeadSize;
        double keyValues = 2 * hidden * language.KeyValueHeads * language.HeadSize;
        double query = hidden * heads, rest = query + (3 * hidden * language.IntermediateSize);
        double text = 0, images = 0, labels = 0, pairs = 0;
        foreach (ModelSample sample in samples)
        {
            double ownText = 0, ownImages = 0;
            foreach (int id in sample.InputIds.Span)
            {
                if (id == description.ImageToken)
                {
                    ownImages++;
                    continue;
                }

                ownText++;
                pairs += ownImages * vision.VisualTokens;
            }

            pairs += ownText * ownText / 2;
            (text, images, labels) = (text + ownText, images + ownImages, labels + sample.LabelTokens);
        }

        double visual = images * vision.VisualTokens;
        double whole = (text * (query + keyValues)) + (visual * keyValues) + ((text + visual) * rest);
        double last = (text * (query + keyValues)) + (visual * keyValues) + (labels * rest);
        double products = 2 * (((language.Layers - 1) * whole) + last);
        double attention = language.Layers * 4 * heads * pairs;
        double head = 2 * labels * description.VocabularySize * hidden;
        double projection = 2 * 2 * visual * vision.HiddenSize * hidden;
        return (2 * (products + head)) + (3.5 * attention) + projection + (images * Tower(vision));
    }

    // One image, forwards.
    private static double Tower(ClipVisionConfig vision)
    {
        double width = vision.HiddenSize, tokens = vision.VisualTokens;
        double layer = (2 * tokens * ((4 * width * width) + (2 * width * vision.IntermediateSize)))
            + (4 * tokens * tokens * width);
        double patches = 2 * (tokens - 1) * ClipNormalization.Channels * vision.PatchSize * vision.PatchSize * width;
        return (vision.Layers * layer) + patches;
    }
}
