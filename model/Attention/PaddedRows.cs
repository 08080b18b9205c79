using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// B samples, W rows of a padded sample, R packed rows.

/// <summary>
/// The padding of a batch's rows: every sample becomes equally long. Rows of one kind are packed
/// before those of the next, and in a padded sample they stand before them too.
/// </summary>
/// <param name="Samples">B</param>
/// <param name="Width">W: the longest rows of each kind, together.</param>
/// <param name="Pad">
/// [B · W] The packed row of each padded one. Padding repeats a row: no result of it is used, and
/// no row attends to it.
/// </param>
/// <param name="Unpad">[R] The padded row of each packed one.</param>
/// <param name="IsPacked">Whether padded rows are the packed ones, so that nothing moves.</param>
internal sealed record PaddedRows(long Samples, int Width, NumberRange Pad, NumberRange Unpad, bool IsPacked)
{
    /// <summary>Packs the padding.</summary>
    /// <param name="numbers">Receives it.</param>
    /// <param name="kinds">For each kind, each sample's rows.</param>
    public static PaddedRows Of(PackedNumbers numbers, params int[][] kinds)
    {
        int samples = kinds[0].Length, width = kinds.Sum(rows => rows.Max());
        int[] pad = new int[samples * width];
        int[] unpad = new int[kinds.Sum(rows => rows.Sum())];
        int packed = 0, column = 0;
        foreach (int[] rows in kinds)
        {
            int longest = rows.Max();
            for (int sample = 0; sample < samples; sample++)
            {
                int place = (sample * width) + column;
                for (int row = 0; row < longest; row++, place++)
                {
                    bool isReal = row < rows[sample];
                    if (isReal)
                        unpad[packed++] = place;
                    pad[place] = Math.Max(packed - 1, 0);
                }
            }

            column += longest;
        }

        return new PaddedRows(samples, width, numbers.Add(pad), numbers.Add(unpad), IsPacked: samples == 1);
    }

    /// <summary>Packs the order in which a batch's rows are read.</summary>
    /// <param name="numbers">Receives it.</param>
    /// <param name="layout">The batch.</param>
    /// <param name="isPadded">
    /// Whether samples become equally long; else they follow one another, as one.
    /// </param>
    public static PaddedRows InReadingOrder(PackedNumbers numbers, InterleavedLayout layout, bool isPadded)
    {
        int samples = isPadded ? layout.Samples.Count : 1;
        int width = isPadded ? layout.Samples.Max(sample => sample.Length) : layout.Positions;
        int[] pad = new int[samples * width], unpad = new int[layout.Positions];
        int position = 0, place = 0;
        foreach (SampleLayout sample in layout.Samples)
        {
            for (int count = 0; count < sample.Length; count++, position++, place++)
            {
                pad[place] = layout.RowOfPosition[position];
                unpad[pad[place]] = place;
            }

            for (int count = sample.Length; isPadded && count < width; count++, place++)
                pad[place] = pad[Math.Max(place - 1, 0)];
        }

        return new PaddedRows(samples, width, numbers.Add(pad), numbers.Add(unpad), IsPacked: false);
    }

    /// <summary>[B, W, ...] from [R, ...]: one gather, if rows move.</summary>
    public Tensor Spread(Tensor packed, SentNumbers sent)
    {
        Tensor padded = IsPacked
            ? packed
            : PadRows.Of(packed, sent.Integers(Pad), sent.Integers(Unpad));
        return padded.view([Samples, Width, .. packed.shape[1..]]);
    }

    /// <summary>[R, ...] from [B, W, ...]: one gather, if rows move.</summary>
    public Tensor Pack(Tensor padded, SentNumbers sent)
    {
        Tensor rows = padded.flatten(0, 1);
        return IsPacked ? rows : UnpadRows.Of(rows, sent.Integers(Unpad));
    }

    /// <summary>[count, ...] The last packed rows from [B, W, ...], by one gather.</summary>
    public Tensor PackLast(Tensor padded, long count, SentNumbers sent) => UnpadRows.Of(
        padded.flatten(0, 1), sent.Integers(Unpad).narrow(0, Unpad.Length - count, count));
}
