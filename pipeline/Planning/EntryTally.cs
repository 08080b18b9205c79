using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>Counts what one recipe entry brings to a plan.</summary>
internal sealed class EntryTally
{
    private int _trainSamples;
    private int _validationSamples;
    private long _imageReferences;

    /// <summary>Images shown, once each.</summary>
    public HashSet<int> Images { get; } = [];

    public void Add(Split split, ReadOnlySpan<PlannedPart> parts, SourceCatalog catalog)
    {
        if (split == Split.Train)
            _trainSamples++;
        else
            _validationSamples++;
        List<int> shown = SampleImages.Of(parts, catalog);
        _imageReferences += shown.Count;
        Images.UnionWith(shown);
    }

    public PlannedEntry ToEntry(EntrySettings entry, int conversations) =>
        new(entry.Name, conversations, _trainSamples, _validationSamples, _imageReferences, Images.Count);
}
