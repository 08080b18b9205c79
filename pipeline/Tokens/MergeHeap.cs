namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// A binary min-heap of merges over a given buffer: lowest rank first, of equal ranks the leftmost
/// place.
/// </summary>
internal ref struct MergeHeap(Span<ulong> buffer)
{
    // rank << 32 | place: one comparison orders by both.
    private readonly Span<ulong> _keys = buffer;
    private int _count;

    /// <summary>Adds a merge.</summary>
    public void Push(int rank, int place)
    {
        ulong key = ((ulong)(uint)rank << 32) | (uint)place;
        int at = _count++;
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (_keys[parent] <= key)
                break;
            _keys[at] = _keys[parent];
            at = parent;
        }

        _keys[at] = key;
    }

    /// <summary>Takes the first merge.</summary>
    public bool TryPop(out int rank, out int place)
    {
        if (_count == 0)
        {
            (rank, place) = (0, 0);
            return false;
        }

        (rank, place) = ((int)(_keys[0] >> 32), (int)(uint)_keys[0]);
        ulong last = _keys[--_count];
        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && _keys[child + 1] < _keys[child])
                child++;
            if (_keys[child] >= last)
                break;
            _keys[at] = _keys[child];
            at = child;
        }

        _keys[at] = last;
        return true;
    }
}
