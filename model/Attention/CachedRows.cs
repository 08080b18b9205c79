using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>
/// The keys (already rotated) and values of one layer's rows of one kind, heads first. The room for
/// them doubles when it is full.
/// </summary>
/// <remarks>
/// A row is copied once when it is written, and on average less than once more while the room
/// grows. Attention reads views.
/// </remarks>
internal sealed class CachedRows : IDisposable
{
    private const long SmallestRoom = 64;

    private Tensor? _key_1KRD;
    private Tensor? _value_1KRD;

    /// <summary>
    /// Writes rows after the first <paramref name="before"/>, over what was there.
    /// </summary>
    /// <param name="before">Rows that stay.</param>
    /// <param name="key_TKD">[rows, key-value heads, head dim]</param>
    /// <param name="value_TKD">[rows, key-value heads, head dim]</param>
    public void Write(long before, Tensor key_TKD, Tensor value_TKD)
    {
        long rows = key_TKD.shape[0];
        if (rows == 0)
            return;
        using DisposeScope scope = NewDisposeScope();
        _key_1KRD = WithRoom(_key_1KRD, before, rows, key_TKD);
        _value_1KRD = WithRoom(_value_1KRD, before, rows, value_TKD);
        _ = _key_1KRD.narrow(2, before, rows).copy_(key_TKD.transpose(0, 1));
        _ = _value_1KRD.narrow(2, before, rows).copy_(value_TKD.transpose(0, 1));
    }

    /// <summary>Views of the first rows: [1, key-value heads, rows, head dim].</summary>
    public (Tensor Key, Tensor Value) First(long rows) =>
        (_key_1KRD!.narrow(2, 0, rows), _value_1KRD!.narrow(2, 0, rows));

    /// <summary>A copy of the first rows.</summary>
    public CachedRows Copy(long rows)
    {
        var copy = new CachedRows();
        if (rows > 0)
        {
            copy._key_1KRD = _key_1KRD!.narrow(2, 0, rows).clone().DetachFromDisposeScope();
            copy._value_1KRD = _value_1KRD!.narrow(2, 0, rows).clone().DetachFromDisposeScope();
        }

        return copy;
    }

    public void Dispose()
    {
        _key_1KRD?.Dispose();
        _value_1KRD?.Dispose();
    }

    private static Tensor WithRoom(Tensor? cached_1KRD, long before, long rows, Tensor like_TKD)
    {
        long room = cached_1KRD is null ? 0 : cached_1KRD.shape[2];
        if (room >= before + rows)
            return cached_1KRD!;
        long wider = Math.Max(Math.Max(before + rows, 2 * room), SmallestRoom);
        long[] shape = [1, like_TKD.shape[1], wider, like_TKD.shape[2]];
        Tensor wider_1KRD = empty(shape, dtype: like_TKD.dtype, device: like_TKD.device);
        if (before > 0)
            _ = wider_1KRD.narrow(2, 0, before).copy_(cached_1KRD!.narrow(2, 0, before));
        cached_1KRD?.Dispose();
        return wider_1KRD.DetachFromDisposeScope();
    }
}
