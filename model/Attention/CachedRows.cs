using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// T new rows, R rows there is room for, N heads, K key-value heads, D head dim.

/// <summary>
/// The keys (already rotated) and values of one layer's rows of one kind, heads first, in one
/// tensor. The room for them doubles when it is full, and from <see cref="MostSpare"/> rows on it
/// grows by as many.
/// </summary>
/// <remarks>
/// A row takes 2 · K · D numbers in each layer: 0.5 MB in all layers of LLaMA-2 7B in 16 bits.
/// Growing copies what is there, one layer at a time: less than a hundredth of what attention reads
/// of it until it grows again. Attention reads views.
/// </remarks>
internal sealed class CachedRows : IDisposable
{
    private const long SmallestRoom = 64;

    /// <summary>The most rows that there is room for in vain.</summary>
    private const long MostSpare = 256;

    // Keys, then values. The room is its third size.
    private Tensor? _keyValue_1KRD;

    /// <summary>Rows that there is room for.</summary>
    public long Room => _keyValue_1KRD is null ? 0 : _keyValue_1KRD.shape[2];

    /// <summary>
    /// Writes rows after the first <paramref name="before"/>, over what was there: in one copy
    /// where one product made keys and values.
    /// </summary>
    /// <param name="before">Rows that stay.</param>
    /// <param name="added">[T, heads, D] The new rows.</param>
    public void Write(long before, HeadRows added)
    {
        (long rows, long keyHeads) = (added.Key.shape[0], added.Key.shape[1]);
        if (rows == 0)
            return;
        using DisposeScope scope = NewDisposeScope();
        MakeRoom(before, rows, added.Key);
        Tensor written_1KTD = _keyValue_1KRD!.narrow(2, before, rows);
        if (added.All is { } all)
        {
            Tensor keyValue_TKD = all.narrow(1, all.shape[1] - (2 * keyHeads), 2 * keyHeads);
            _ = written_1KTD.copy_(keyValue_TKD.transpose(0, 1));
            return;
        }

        _ = written_1KTD.narrow(1, 0, keyHeads).copy_(added.Key.transpose(0, 1));
        _ = written_1KTD.narrow(1, keyHeads, keyHeads).copy_(added.Value.transpose(0, 1));
    }

    /// <summary>Views of the first rows: [1, key-value heads, rows, head dim].</summary>
    public (Tensor Key, Tensor Value) First(long rows)
    {
        Tensor keyValue_1KSD = _keyValue_1KRD!.narrow(2, 0, rows);
        long keyHeads = keyValue_1KSD.shape[1] / 2;
        return (keyValue_1KSD.narrow(1, 0, keyHeads), keyValue_1KSD.narrow(1, keyHeads, keyHeads));
    }

    /// <summary>A copy of the first rows.</summary>
    public CachedRows Copy(long rows)
    {
        var copy = new CachedRows();
        if (rows > 0)
            copy._keyValue_1KRD = _keyValue_1KRD!.narrow(2, 0, rows).clone().DetachFromDisposeScope();
        return copy;
    }

    public void Dispose() => _keyValue_1KRD?.Dispose();

    private void MakeRoom(long before, long rows, Tensor like_TKD)
    {
        if (Room >= before + rows)
            return;
        long wider = Math.Max(before + rows, Math.Max(Room + Math.Min(Room, MostSpare), SmallestRoom));
        long[] shape = [1, 2 * like_TKD.shape[1], wider, like_TKD.shape[2]];
        Tensor wider_1KRD = empty(shape, dtype: like_TKD.dtype, device: like_TKD.device);
        if (before > 0)
            _ = wider_1KRD.narrow(2, 0, before).copy_(_keyValue_1KRD!.narrow(2, 0, before));
        _keyValue_1KRD?.Dispose();
        _keyValue_1KRD = wider_1KRD.DetachFromDisposeScope();
    }
}
