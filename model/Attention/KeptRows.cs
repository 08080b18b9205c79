using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>The keys (turned by position) and values of one layer's rows of one kind, kept heads first in room that doubles when it is full.</summary>
/// <remarks>A row is copied once when it is written, and less than once more, on average, while room grows. Views of it are what attention reads.</remarks>
internal sealed class KeptRows : IDisposable
{
    private const long SmallestRoom = 64;

    private Tensor? _key_KRD;
    private Tensor? _value_KRD;

    /// <summary>Writes rows after the first <paramref name="before"/>; what was there is overwritten.</summary>
    /// <param name="before">Rows that stay.</param>
    /// <param name="key_TKD">[rows, key-value heads, head dim]</param>
    /// <param name="value_TKD">[rows, key-value heads, head dim]</param>
    public void Write(long before, Tensor key_TKD, Tensor value_TKD)
    {
        long rows = key_TKD.shape[0];
        if (rows == 0)
            return;
        using DisposeScope scope = NewDisposeScope();
        _key_KRD = WithRoom(_key_KRD, before, rows, key_TKD);
        _value_KRD = WithRoom(_value_KRD, before, rows, value_TKD);
        _ = _key_KRD.narrow(1, before, rows).copy_(key_TKD.transpose(0, 1));
        _ = _value_KRD.narrow(1, before, rows).copy_(value_TKD.transpose(0, 1));
    }

    /// <summary>The first rows: views of [1, key-value heads, rows, head dim].</summary>
    public (Tensor Key, Tensor Value) First(long rows) => (_key_KRD!.narrow(1, 0, rows).unsqueeze(0), _value_KRD!.narrow(1, 0, rows).unsqueeze(0));

    /// <summary>A copy of the first rows.</summary>
    public KeptRows Copy(long rows)
    {
        var copy = new KeptRows();
        if (rows > 0)
        {
            copy._key_KRD = _key_KRD!.narrow(1, 0, rows).clone().DetachFromDisposeScope();
            copy._value_KRD = _value_KRD!.narrow(1, 0, rows).clone().DetachFromDisposeScope();
        }

        return copy;
    }

    public void Dispose()
    {
        _key_KRD?.Dispose();
        _value_KRD?.Dispose();
    }

    private static Tensor WithRoom(Tensor? kept_KRD, long before, long rows, Tensor like_TKD)
    {
        long room = kept_KRD is null ? 0 : kept_KRD.shape[1];
        if (room >= before + rows)
            return kept_KRD!;
        Tensor wider_KRD = empty(
            [like_TKD.shape[1], Math.Max(Math.Max(before + rows, 2 * room), SmallestRoom), like_TKD.shape[2]], dtype: like_TKD.dtype, device: like_TKD.device);
        if (before > 0)
            _ = wider_KRD.narrow(1, 0, before).copy_(kept_KRD!.narrow(1, 0, before));
        kept_KRD?.Dispose();
        return wider_KRD.DetachFromDisposeScope();
    }
}
