using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// Images that conversations tie together: two images that one conversation shows are in one
/// component. A component goes by its root, the smallest image id in it. Costs a union-find over
/// the images shown.
/// </summary>
internal sealed class ImageComponents
{
    private readonly int[] _parents;
    private readonly long[] _conversations;

    public ImageComponents(SourceCatalog catalog)
    {
        _parents = [.. Enumerable.Range(0, catalog.Images.Count)];
        _conversations = new long[_parents.Length];
        foreach (DatasetIndex dataset in catalog.Datasets)
            UniteImagesOf(dataset);
        foreach (DatasetIndex dataset in catalog.Datasets)
            CountConversationsOf(dataset);
    }

    /// <summary>The root of every component, in ascending order.</summary>
    public IEnumerable<int> Roots => Enumerable.Range(0, _parents.Length).Where(image => _parents[image] == image);

    /// <summary>Conversations over the images of a component.</summary>
    public long ConversationsOf(int root) => _conversations[root];

    public int RootOf(int image)
    {
        while (_parents[image] != image)
        {
            _parents[image] = _parents[_parents[image]];
            image = _parents[image];
        }

        return image;
    }

    private void UniteImagesOf(DatasetIndex dataset)
    {
        for (int conversation = 0; conversation < dataset.ConversationCount; conversation++)
        {
            ReadOnlySpan<int> shown = dataset.ImagesOfConversation(conversation);
            for (int other = 1; other < shown.Length; other++)
                Unite(shown[0], shown[other]);
        }
    }

    private void Unite(int first, int second)
    {
        first = RootOf(first);
        second = RootOf(second);
        _parents[Math.Max(first, second)] = Math.Min(first, second);
    }

    private void CountConversationsOf(DatasetIndex dataset)
    {
        for (int conversation = 0; conversation < dataset.ConversationCount; conversation++)
        {
            if (dataset.ImagesOfConversation(conversation) is { Length: > 0 } shown)
                _conversations[RootOf(shown[0])]++;
        }
    }
}
