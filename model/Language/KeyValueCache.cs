using VisualChat.Model.Attention;

namespace VisualChat.Model.Language;

/// <summary>What a decoder keeps of one sample, so that it can go on where it stopped: every layer's keys and values, text and images apart.</summary>
internal sealed class KeyValueCache : IDisposable
{
    public KeyValueCache(int layers) : this([.. Enumerable.Range(0, layers).Select(_ => new CachedLayer())])
    {
    }

    private KeyValueCache(IReadOnlyList<CachedLayer> layers) => Layers = layers;

    public IReadOnlyList<CachedLayer> Layers { get; }

    /// <summary>Text rows kept (of causal attention: rows of both kinds). Rows beyond them may be written over.</summary>
    public long TextRows { get; private set; }

    /// <summary>Image rows kept.</summary>
    public long ImageRows { get; private set; }

    public long Positions => TextRows + ImageRows;

    /// <summary>Says how many of the written rows count from now on.</summary>
    public void Keep(long textRows, long imageRows) => (TextRows, ImageRows) = (textRows, imageRows);

    public KeyValueCache Copy()
    {
        var copy = new KeyValueCache([.. Layers.Select(layer => layer.Copy(TextRows, ImageRows))]);
        copy.Keep(TextRows, ImageRows);
        return copy;
    }

    public void Dispose()
    {
        foreach (CachedLayer layer in Layers)
            layer.Dispose();
    }
}
