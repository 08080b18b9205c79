using VisualChat.Model.Attention;
using static TorchSharp.torch;

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
    /// Text rows that are valid (of both kinds, if the attention
    /// <see cref="AttentionModes.CachesInOrder">caches them so</see>). Rows beyond them may be
    /// written over.
    /// </summary>
    public long TextRows { get; private set; }

    /// <summary>Image rows that are valid.</summary>
    public long ImageRows { get; private set; }

    public long Positions => TextRows + ImageRows;

    /// <summary>
    /// [D] The angle of one position that the cached rows were rotated with, negative in the first
    /// half; null before the first.
    /// </summary>
    public Tensor? Frequencies { get; private set; }

    /// <summary>Sets how many of the written rows are valid, as they are cached.</summary>
    public void SetRows(long textRows, long imageRows) => (TextRows, ImageRows) = (textRows, imageRows);

    /// <summary>The same, of rows that are one kind each, whatever the attention.</summary>
    public void SetRows(long textRows, long imageRows, AttentionMode mode)
    {
        if (mode.CachesInOrder())
            SetRows(textRows + imageRows, 0);
        else
            SetRows(textRows, imageRows);
    }

    /// <summary>Keeps a copy of the frequencies.</summary>
    public void SetFrequencies(Tensor frequencies)
    {
        Frequencies?.Dispose();
        Frequencies = frequencies.clone().DetachFromDisposeScope();
    }

    public KeyValueCache Copy()
    {
        var copy = new KeyValueCache([.. Layers.Select(layer => layer.Copy(TextRows, ImageRows))]);
        if (Frequencies is not null)
            copy.SetFrequencies(Frequencies);
        copy.SetRows(TextRows, ImageRows);
        return copy;
    }

    public void Dispose()
    {
        Frequencies?.Dispose();
        foreach (CachedLayer layer in Layers)
            layer.Dispose();
    }
}
