namespace VisualChat.Pipeline.Sources;

/// <summary>A recipe's datasets, indexed and resolved against their images: all that planning and making shards read.</summary>
/// <param name="Sources">Each dataset once, in the order the recipe first needs it; a blend brings in the sets it joins.</param>
/// <param name="Images">The images of all of them.</param>
public sealed record SourceCatalog(IReadOnlyList<SourceIndex> Sources, IImageTable Images)
{
    /// <summary>The dataset of a name.</summary>
    public SourceIndex this[string name] => Sources.First(source => source.Name == name);
}
