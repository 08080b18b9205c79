using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// R rows, N heads, K key-value heads, D head dim.

/// <summary>
/// Queries, keys and values of some rows: views of one tensor where one product made them, else a
/// tensor each. Keys and values are not repeated for grouped queries.
/// </summary>
internal sealed record HeadRows
{
    private HeadRows(Tensor? all, Tensor? query, Tensor key, Tensor value) =>
        (All, Query, Key, Value) = (all, query, key, value);

    /// <summary>
    /// [..., N + 2K, D], or [..., 2K, D] without queries; null where each is a tensor of its own.
    /// </summary>
    public Tensor? All { get; }

    /// <summary>[..., N, D]; null if the rows need no query.</summary>
    public Tensor? Query { get; }

    /// <summary>[..., K, D]</summary>
    public Tensor Key { get; }

    /// <summary>[..., K, D]</summary>
    public Tensor Value { get; }

    public static HeadRows Of(Tensor? query, Tensor key, Tensor value) => new(null, query, key, value);

    /// <summary>Queries, if there are any, then keys, then values, head by head.</summary>
    /// <param name="all">[..., N + 2K, D] or [..., 2K, D]</param>
    /// <param name="keyHeads">K</param>
    public static HeadRows Of(Tensor all, long keyHeads)
    {
        long heads = all.shape[^2] - (2 * keyHeads);
        long[] sizes = heads == 0 ? [keyHeads, keyHeads] : [heads, keyHeads, keyHeads];
        // Split and not narrowed: the gradients of all parts are put together by one copy.
        Tensor[] parts = all.split(sizes, -2);
        return new HeadRows(all, heads == 0 ? null : parts[0], parts[^2], parts[^1]);
    }

    /// <summary>The same after a change of rows, which is made once where all is one.</summary>
    public HeadRows Select(Func<Tensor, Tensor> change) => All is null
        ? Of(Query is null ? null : change(Query), change(Key), change(Value))
        : Of(change(All), Key.shape[^2]);

    /// <summary>Queries, and the same rows without them.</summary>
    public (Tensor? Query, HeadRows KeyValue) Apart()
    {
        if (Query is null)
            return (null, this);
        if (All is null)
            return (Query, Of(null, Key, Value));
        long keyHeads = Key.shape[^2];
        Tensor[] parts = All.split([Query.shape[^2], 2 * keyHeads], -2);
        return (parts[0], Of(parts[1], keyHeads));
    }

    /// <summary>These rows, and others behind them.</summary>
    public HeadRows Then(HeadRows other) => All is not null && other.All is not null
        ? Of(cat([All, other.All], 0), Key.shape[^2])
        : Of(
            Query is null ? null : cat([Query, other.Query!], 0),
            cat([Key, other.Key], 0),
            cat([Value, other.Value], 0));

    /// <summary>Text rows, which come first, and image rows.</summary>
    public (HeadRows Text, HeadRows Image) Split(long text, long image)
    {
        long[] sizes = [text, image];
        if (All is not null)
        {
            Tensor[] all = All.split(sizes, 0);
            return (Of(all[0], Key.shape[^2]), Of(all[1], Key.shape[^2]));
        }

        Tensor[]? query = Query?.split(sizes, 0);
        Tensor[] key = Key.split(sizes, 0), value = Value.split(sizes, 0);
        return (Of(query?[0], key[0], value[0]), Of(query?[1], key[1], value[1]));
    }
}
