using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// B samples, W rows of a padded sample, R packed rows, T text rows, I image rows.

/// <summary>
/// A pass's rows of both kinds as they are read, for softmaxes over everything before a row: sample
/// after sample, padded to one length or not.
/// </summary>
/// <param name="rows">The order.</param>
/// <param name="sent">Has what the plan packed.</param>
/// <param name="tail_MW">
/// The mask of <see cref="JointAttention"/>; null where samples are padded.
/// </param>
internal sealed class ReadingOrder(PaddedRows rows, SentNumbers sent, Tensor? tail_MW)
{
    /// <summary>W; without padding R.</summary>
    public int Width => rows.Width;

    /// <inheritdoc cref="JointAttention.Tail"/>
    public Tensor Tail => tail_MW ?? throw new InvalidOperationException("Padded samples have a mask of their own.");

    /// <summary>The tensors that the backward pass of a recomputed layer needs.</summary>
    public IEnumerable<Tensor> Tensors => tail_MW is null ? sent.Tensors : [.. sent.Tensors, tail_MW];

    /// <summary>[B, W, ...] from [R, ...]; without padding [1, R, ...].</summary>
    public HeadRows Spread(HeadRows packed) => packed.Select(all => rows.Spread(all, sent));

    /// <summary>[I, ...] The last rows as they are packed, from [B, W, ...].</summary>
    public Tensor PackLast(Tensor inOrder, long count) => rows.PackLast(inOrder, count, sent);
}
