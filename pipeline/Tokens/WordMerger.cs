using System.Buffers;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// Byte-pair merging of one word. Of all neighbours that make a piece, those of the highest score
/// merge first, of equal ones the leftmost, until no neighbours make a piece (Sennrich et al.,
/// 2016; ties as SentencePiece breaks them).
/// </summary>
internal sealed class WordMerger(MergeRules rules)
{
    // Up to this many characters, searching a few neighbours again after every merge is faster than
    // a heap of them.
    private const int ShortChars = 48;

    /// <summary>
    /// Appends the symbols that remain of a word. O(n²) for short words, O(n log n) for long ones;
    /// no allocation.
    /// </summary>
    public void Append(ReadOnlySpan<char> word, List<int> symbols)
    {
        if (word.Length <= ShortChars)
            AppendShort(word, symbols);
        else
            AppendLong(word, symbols);
    }

    private void AppendShort(ReadOnlySpan<char> word, List<int> symbols)
    {
        Span<int> row = stackalloc int[ShortChars];
        Span<int> ranks = stackalloc int[ShortChars];
        Span<int> merged = stackalloc int[ShortChars];
        int count = rules.Symbols(word, row);
        for (int at = 0; at + 1 < count; at++)
            ranks[at] = rules.RankOf(row[at], row[at + 1], out merged[at]);

        while (count > 1)
        {
            int best = 0;
            for (int at = 1; at + 1 < count; at++)
            {
                if (ranks[at] < ranks[best])
                    best = at;
            }

            if (ranks[best] == MergeRules.NoMerge)
                break;
            row[best] = merged[best];
            row[(best + 2)..count].CopyTo(row[(best + 1)..]);
            ranks[(best + 1)..(count - 1)].CopyTo(ranks[best..]);
            merged[(best + 1)..(count - 1)].CopyTo(merged[best..]);
            count--;
            if (best > 0)
                ranks[best - 1] = rules.RankOf(row[best - 1], row[best], out merged[best - 1]);
            if (best + 1 < count)
                ranks[best] = rules.RankOf(row[best], row[best + 1], out merged[best]);
        }

        symbols.AddRange(row[..count]);
    }

    /// <summary>
    /// Symbols are a linked list and neighbours a heap ordered by (rank, place of the left one). An
    /// entry goes stale when either neighbour is merged away; it is recognised by the rank that its
    /// place now has. At most 3n entries are ever added.
    /// </summary>
    private void AppendLong(ReadOnlySpan<char> word, List<int> symbols)
    {
        Node[] nodeBuffer = ArrayPool<Node>.Shared.Rent(word.Length);
        int[] symbolBuffer = ArrayPool<int>.Shared.Rent(word.Length);
        ulong[] heapBuffer = ArrayPool<ulong>.Shared.Rent(3 * word.Length);
        try
        {
            int count = rules.Symbols(word, symbolBuffer);
            Span<Node> nodes = nodeBuffer.AsSpan(0, count);
            for (int at = 0; at < count; at++)
                nodes[at] = new Node { Symbol = symbolBuffer[at], Previous = at - 1, Next = at + 1 };

            var heap = new MergeHeap(heapBuffer);
            for (int at = 0; at < count; at++)
                Rank(nodes, at, ref heap);
            while (heap.TryPop(out int rank, out int left))
            {
                if (nodes[left].Rank != rank)
                    continue;
                int right = nodes[left].Next;
                int after = nodes[right].Next;
                nodes[left].Symbol = nodes[left].Merged;
                nodes[left].Next = after;
                nodes[right].Rank = MergeRules.NoMerge;
                if (after < count)
                    nodes[after].Previous = left;
                Rank(nodes, left, ref heap);
                if (nodes[left].Previous >= 0)
                    Rank(nodes, nodes[left].Previous, ref heap);
            }

            for (int at = 0; at < count; at = nodes[at].Next)
                symbols.Add(nodes[at].Symbol);
        }
        finally
        {
            ArrayPool<Node>.Shared.Return(nodeBuffer);
            ArrayPool<int>.Shared.Return(symbolBuffer);
            ArrayPool<ulong>.Shared.Return(heapBuffer);
        }
    }

    private void Rank(Span<Node> nodes, int at, ref MergeHeap heap)
    {
        ref Node node = ref nodes[at];
        if (node.Next == nodes.Length)
        {
            node.Rank = MergeRules.NoMerge;
            return;
        }

        node.Rank = rules.RankOf(node.Symbol, nodes[node.Next].Symbol, out node.Merged);
        if (node.Rank != MergeRules.NoMerge)
            heap.Push(node.Rank, at);
    }

    private struct Node
    {
        public int Symbol;
        public int Previous;
        public int Next;

        /// <summary>Rank of merging with the next symbol, and the piece that makes.</summary>
        public int Rank;
        public int Merged;
    }
}
