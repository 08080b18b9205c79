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
    private const byte Straddles = 2;
    private readonly byte[][] _sides;

    private ImageSplit(byte[][] sides) => _sides = sides;

    /// <summary>The side of a conversation, or null if its images are on both.</summary>
    public Split? SideOf(int source, int conversation) =>
        _sides[source][conversation] is Straddles ? null : (Split)_sides[source][conversation];

    /// <summary>Conversations on neither side.</summary>
    public int StraddlingCount => _sides.Sum(sides => sides.Count(side => side == Straddles));

    /// <summary>
    /// Decides every conversation's side. Costs a union-find over the images shown and a sort of
    /// the components.
    /// </summary>
    public static ImageSplit Of(SourceCatalog catalog, double fraction, long seed)
    {
        int images = catalog.Images.Count;
        var parents = new int[images];
        for (int image = 0; image < images; image++)
            parents[image] = image;
        foreach (DatasetIndex source in catalog.Datasets)
        {
            for (int conversation = 0; conversation < source.ConversationCount; conversation++)
            {
                ReadOnlySpan<int> shown = source.ImagesOfConversation(conversation);
                for (int other = 1; other < shown.Length; other++)
                    Union(parents, shown[0], shown[other]);
            }
        }

        // A component is weighed by its conversations and drawn by the smallest key of its images,
        // so neither depends on ids.
        var weights = new long[images];
        long conversations = 0;
        foreach (DatasetIndex source in catalog.Datasets)
        {
            conversations += source.ConversationCount;
            for (int conversation = 0; conversation < source.ConversationCount; conversation++)
            {
                if (source.ImagesOfConversation(conversation) is { Length: > 0 } shown)
                    weights[Find(parents, shown[0])]++;
            }
        }

        var keys = new ulong[images];
        var componentKeys = new ulong[images];
        Array.Fill(componentKeys, ulong.MaxValue);
        for (int image = 0; image < images; image++)
        {
            keys[image] = new KeyedRandom(seed, catalog.Images.PathOf(image), 0, "split").NextBits();
            int root = Find(parents, image);
            componentKeys[root] = Math.Min(componentKeys[root], keys[image]);
        }

        double wanted = fraction * conversations;
        bool IsCut(int root) => weights[root] > Math.Max(wanted, 1);
        long whole = 0;
        var components = new List<(ulong Key, int Root)>();
        for (int root = 0; root < images; root++)
        {
            if (parents[root] == root && weights[root] > 0 && !IsCut(root))
            {
                components.Add((componentKeys[root], root));
                whole += weights[root];
            }
        }

        components.Sort();
        var heldOut = new HashSet<int>();
        long room = (long)Math.Round(fraction * whole);
        foreach ((_, int root) in components)
        {
            if (weights[root] > room)
                continue;
            heldOut.Add(root);
            room -= weights[root];
        }

        ulong threshold = (ulong)(fraction * ulong.MaxValue);
        byte SideOfImage(int image)
        {
            int root = Find(parents, image);
            return (byte)(IsCut(root) ? keys[image] < threshold ? Split.Validation : Split.Train
                : heldOut.Contains(root) ? Split.Validation : Split.Train);
        }

        var sides = new byte[catalog.Datasets.Count][];
        for (int index = 0; index < sides.Length; index++)
        {
            DatasetIndex source = catalog.Datasets[index];
            sides[index] = new byte[source.ConversationCount];
            for (int conversation = 0; conversation < source.ConversationCount; conversation++)
            {
                ReadOnlySpan<int> shown = source.ImagesOfConversation(conversation);
                if (shown.Length == 0)
                {
                    int ordinal = source.RecordOrdinals[source.RecordsOf(conversation)[0]];
                    bool isHeldOut = new KeyedRandom(seed, source.Name, ordinal, "split").NextDouble() < fraction;
                    sides[index][conversation] = (byte)(isHeldOut ? Split.Validation : Split.Train);
                    continue;
                }

                byte side = SideOfImage(shown[0]);
                for (int other = 1; other < shown.Length && side != Straddles; other++)
                {
                    if (SideOfImage(shown[other]) != side)
                        side = Straddles;
                }

                sides[index][conversation] = side;
            }
        }

        return new ImageSplit(sides);
    }

    private static int Find(int[] parents, int image)
    {
        while (parents[image] != image)
        {
            parents[image] = parents[parents[image]];
            image = parents[image];
        }

        return image;
    }

    private static void Union(int[] parents, int first, int second)
    {
        first = Find(parents, first);
        second = Find(parents, second);
        parents[Math.Max(first, second)] = Math.Min(first, second);
    }
}
