using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// Splits conversations so that every image is on one side. Conversations that share an image
/// belong together; such a component goes to one side whole. A component larger than the held-out
/// share (COCO pairs chain into one) is cut image by image. Its conversations that would show
/// images of both sides are left out and counted.
/// </summary>
internal sealed class ImageSplit
{
    private readonly Split?[][] _sides;

    private ImageSplit(Split?[][] sides) => _sides = sides;

    /// <summary>Conversations on neither side.</summary>
    public int StraddlingCount => _sides.Sum(sides => sides.Count(side => side is null));

    /// <summary>The side of a conversation, or null if its images are on both.</summary>
    public Split? SideOf(int dataset, int conversation) => _sides[dataset][conversation];

    /// <summary>
    /// Decides every conversation's side. Costs a union-find over the images shown and a sort of
    /// the components.
    /// </summary>
    public static ImageSplit Of(SourceCatalog catalog, double fraction, long seed)
    {
        var images = new ImageSides(catalog, fraction, seed);
        return new ImageSplit([.. catalog.Datasets.Select(dataset => SidesOf(dataset, images, fraction, seed))]);
    }

    private static Split?[] SidesOf(DatasetIndex dataset, ImageSides images, double fraction, long seed)
    {
        var sides = new Split?[dataset.ConversationCount];
        for (int conversation = 0; conversation < sides.Length; conversation++)
        {
            ReadOnlySpan<int> shown = dataset.ImagesOfConversation(conversation);
            sides[conversation] = shown.Length > 0
                ? images.SideOf(shown)
                : SideWithoutImages(dataset, conversation, fraction, seed);
        }

        return sides;
    }

    private static Split SideWithoutImages(DatasetIndex dataset, int conversation, double fraction, long seed)
    {
        int ordinal = dataset.RecordOrdinals[dataset.RecordsOf(conversation)[0]];
        bool isHeldOut = new KeyedRandom(seed, dataset.Name, ordinal, "split").NextDouble() < fraction;
        return isHeldOut ? Split.Validation : Split.Train;
    }
}
