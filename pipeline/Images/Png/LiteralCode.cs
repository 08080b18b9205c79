namespace VisualChat.Pipeline.Images.Png;

/// <summary>A Huffman code for DEFLATE's literals and its end-of-block symbol, no word longer than 15 bits.</summary>
internal static class LiteralCode
{
    private const int MaxLength = 15;

    /// <summary>Word lengths by Huffman's method; where one would be too long, the counts are flattened until none is.</summary>
    /// <param name="counts">[symbols] How often each occurs; at least two occur.</param>
    /// <param name="lengths">[symbols] 0 for those that do not.</param>
    public static void AssignLengths(ReadOnlySpan<int> counts, Span<byte> lengths)
    {
        Span<long> sorted = stackalloc long[counts.Length];
        Span<long> weights = stackalloc long[2 * counts.Length];
        Span<short> parents = stackalloc short[2 * counts.Length];
        for (int flattening = 0; ; flattening++)
        {
            int used = 0;
            for (int symbol = 0; symbol < counts.Length; symbol++)
            {
                if (counts[symbol] > 0)
                    sorted[used++] = ((long)Math.Max(1, counts[symbol] >> flattening) << 16) | (uint)symbol;
            }

            sorted[..used].Sort();
            for (int i = 0; i < used; i++)
                weights[i] = sorted[i] >> 16;

            // Leaves and nodes are both made in ascending order: the two lightest are at the heads of two queues.
            int leaf = 0;
            int node = used;
            for (int made = used; made < (2 * used) - 1; made++)
            {
                int first = leaf < used && (node >= made || weights[leaf] <= weights[node]) ? leaf++ : node++;
                int second = leaf < used && (node >= made || weights[leaf] <= weights[node]) ? leaf++ : node++;
                weights[made] = weights[first] + weights[second];
                parents[first] = parents[second] = (short)made;
            }

            // From the root down, depths take the place of weights.
            weights[(2 * used) - 2] = 0;
            for (int i = (2 * used) - 3; i >= 0; i--)
                weights[i] = weights[parents[i]] + 1;
            lengths.Clear();
            long longest = 0;
            for (int i = 0; i < used; i++)
            {
                longest = Math.Max(longest, weights[i]);
                lengths[(int)(sorted[i] & 0xFFFF)] = (byte)weights[i];
            }

            if (longest <= MaxLength)
                return;
        }
    }

    /// <summary>The canonical code of some lengths (RFC 1951, 3.2.2).</summary>
    /// <param name="lengths">[symbols]</param>
    /// <param name="codes">[symbols] The word, first bit lowest, above its length in the lowest 8 bits.</param>
    public static void AssignCodes(ReadOnlySpan<byte> lengths, Span<uint> codes)
    {
        uint word = 0;
        for (int length = 1; length <= MaxLength; length++)
        {
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] == length)
                    codes[symbol] = (Reverse(word++, length) << 8) | (uint)length;
            }

            word <<= 1;
        }
    }

    /// <summary>The lowest bits, in the other order.</summary>
    public static uint Reverse(uint value, int bits)
    {
        uint reversed = 0;
        for (int i = 0; i < bits; i++)
            reversed |= ((value >> i) & 1) << (bits - 1 - i);
        return reversed;
    }
}
