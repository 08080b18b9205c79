using VisualChat.Model.Attention;

namespace VisualChat.Model.Language;

/// <summary>
/// Every layer's keys and values of one sample, text and images apart, so that the decoder can
/// continue where it stopped.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    public KeyValueCache(int layers) : this([.. Enumerable.Range(0, layers).Select(_ => new CachedLayer())])
    {
    }

    private KeyValueCache(IReadOnlyList<CachedLayer> layers) => Layers = layers;

    public IReadOnlyList<CachedLayer> Layers { get; }

    /// <summary>
    /// Text rows that are valid (under causal attention: rows of both kinds). Rows beyond them may
    /// be written over.
    /// </summary>
    public long TextRows { get; private set; }

    /// <summary>Image rows that are valid.</summary>
    public long ImageRows { get; private set; }

    public long Positions => TextRows + ImageRows;

    /// <summary>Sets how many of the written rows are valid.</summary>
    public void SetRows(long textRows, long imageRows) => (TextRows, ImageRows) = (textRows, imageRows);

    public KeyValueCache Copy()
    {
        var copy = new KeyValueCache([.. Layers.Select(layer => layer.Copy(TextRows, ImageRows))]);
        copy.SetRows(TextRows, ImageRows);
        return copy;
    }

    public void Dispose()
    {
        foreach (CachedLayer layer in Layers)
            layer.Dispose();
    }
}
