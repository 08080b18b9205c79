using VisualChat.Model.Attention;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// Every layer's keys and values of one sample, text and images apart, so that the decoder can
/// continue where it stopped.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    /// <param name="layers">Layers of the decoder.</param>
    /// <param name="gated">Those that have a gated layer before them.</param>
    public KeyValueCache(int layers, IEnumerable<int> gated) : this(
        [.. Enumerable.Range(0, layers).Select(_ => new CachedLayer())],
        gated.ToDictionary(layer => layer, _ => new CachedRows()))
    {
    }

    private KeyValueCache(IReadOnlyList<CachedLayer> layers, IReadOnlyDictionary<int, CachedRows> gated) =>
        (Layers, Gated) = (layers, gated);

    public IReadOnlyList<CachedLayer> Layers { get; }

    /// <summary>
    /// Gated layers' keys and values of visual tokens, by the decoder's layer behind.
    /// </summary>
    public IReadOnlyDictionary<int, CachedRows> Gated { get; }

    /// <summary>
    /// Text rows that are valid (of both kinds, if the attention
    /// <see cref="AttentionModes.CachesInOrder">caches them so</see>). Rows beyond them may be
    /// written over.
    /// </summary>
    public long TextRows { get; private set; }

    /// <summary>Image rows that are valid.</summary>
    public long ImageRows { get; private set; }

    /// <summary>Visual tokens that are valid in the gated layers' rows.</summary>
    public long MediaRows { get; private set; }

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

    /// <summary>Sets how many visual tokens are valid in the gated layers' rows.</summary>
    public void SetMediaRows(long mediaRows) => MediaRows = mediaRows;

    /// <summary>Keeps a copy of the frequencies.</summary>
    public void SetFrequencies(Tensor frequencies)
    {
        Frequencies?.Dispose();
        Frequencies = frequencies.clone().DetachFromDisposeScope();
    }

    public KeyValueCache Copy()
    {
        var copy = new KeyValueCache(
            [.. Layers.Select(layer => layer.Copy(TextRows, ImageRows))],
            Gated.ToDictionary(layer => layer.Key, layer => layer.Value.Copy(MediaRows)));
        if (Frequencies is not null)
            copy.SetFrequencies(Frequencies);
        copy.SetRows(TextRows, ImageRows);
        copy.SetMediaRows(MediaRows);
        return copy;
    }

    public void Dispose()
    {
        Frequencies?.Dispose();
        foreach (CachedLayer layer in Layers)
            layer.Dispose();
        foreach (CachedRows rows in Gated.Values)
            rows.Dispose();
    }
}
