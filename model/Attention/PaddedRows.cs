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
internal sealed record PaddedRows(long Samples, int Width, NumberRange Pad, NumberRange Unpad)
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

        return new PaddedRows(samples, width, numbers.Add(pad), numbers.Add(unpad));
    }

    /// <summary>[B, W, ...] from [R, ...]: one gather, and none of a single sample.</summary>
    public Tensor Spread(Tensor packed, SentNumbers sent)
    {
        Tensor padded = Samples == 1
            ? packed
            : PadRows.Of(packed, sent.Integers(Pad), sent.Integers(Unpad));
        return padded.view([Samples, Width, .. packed.shape[1..]]);
    }

    /// <summary>[R, ...] from [B, W, ...]: one gather, and none of a single sample.</summary>
    public Tensor Pack(Tensor padded, SentNumbers sent)
    {
        Tensor rows = padded.flatten(0, 1);
        return Samples == 1 ? rows : UnpadRows.Of(rows, sent.Integers(Unpad));
    }
}
