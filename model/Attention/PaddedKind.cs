using VisualChat.Model.Transfers;

namespace VisualChat.Model.Attention;

/// <summary>The padding of a batch's rows of one kind.</summary>
/// <param name="Longest">Rows of the longest sample.</param>
/// <param name="Pad">
/// [samples · longest] The packed row of each padded one. Padding repeats a row: no result of it is
/// used, and no row attends to it.
/// </param>
/// <param name="Unpad">[rows] The padded row of each packed one.</param>
internal sealed record PaddedKind(int Longest, NumberRange Pad, NumberRange Unpad)
{
    public static PaddedKind Of(int[] rowsOfSamples, PackedNumbers numbers)
    {
        int longest = rowsOfSamples.Max();
        int[] pad = new int[rowsOfSamples.Length * longest];
        int[] unpad = new int[rowsOfSamples.Sum()];
        int packed = 0;
        for (int sample = 0; sample < rowsOfSamples.Length; sample++)
        {
            for (int row = 0; row < longest; row++)
            {
                int place = (sample * longest) + row;
                bool isReal = row < rowsOfSamples[sample];
                if (isReal)
                    unpad[packed++] = place;
                pad[place] = isReal ? packed - 1 : Math.Max(packed - 1, 0);
            }
        }

        return new PaddedKind(longest, numbers.Add(pad), numbers.Add(unpad));
    }
}
