namespace VisualChat.Pipeline.Sources;

/// <summary>
/// A recipe's datasets, indexed and resolved against their images: all that planning and making
/// shards read.
/// </summary>
/// <param name="Datasets">
/// Each dataset once, in the order in which the recipe first needs it; an entry that joins datasets
/// brings them in.
/// </param>
/// <param name="Images">The images of all of them.</param>
internal sealed record SourceCatalog(IReadOnlyList<DatasetIndex> Datasets, IImageTable Images)
{
    /// <summary>The dataset of a name.</summary>
    public DatasetIndex this[string name] => Datasets.First(dataset => dataset.Name == name);
}
