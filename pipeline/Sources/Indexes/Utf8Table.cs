using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// Distinct texts, numbered in the order they were added: one byte array, one end per text, one
/// open-addressed table of numbers. Costs a text's own bytes and about 12 more; no object a text.
/// </summary>
internal sealed class Utf8Table
{
    private byte[] _bytes;
    private int[] _ends;
    private int[] _slots;

    public Utf8Table()
    {
        (_bytes, _ends, _slots) = (new byte[256], new int[16], NewSlots(32));
    }

    /// <summary>The table of texts stored by <see cref="Bytes"/> and <see cref="Ends"/>.</summary>
    public Utf8Table(byte[] bytes, int[] ends)
    {
        (_bytes, _ends, Count) = (bytes, ends, ends.Length);
        _slots = NewSlots(Math.Max(32, (int)BitOperations.RoundUpToPowerOf2((uint)Count * 2)));
        for (int number = 0; number < Count; number++)
            _slots[SlotOf(this[number])] = number;
    }

    /// <summary>How many texts there are.</summary>
    public int Count { get; private set; }

    /// <summary>The texts, one after another.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Count == 0 ? 0 : _ends[Count - 1]);

    /// <summary>Where each text ends in <see cref="Bytes"/>.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Count);

    /// <summary>A text by its number.</summary>
    public ReadOnlySpan<byte> this[int number] => _bytes.AsSpan((number == 0 ? 0 : _ends[number - 1]).._ends[number]);

    /// <summary>A text by its number, decoded.</summary>
    public string TextOf(int number) => Encoding.UTF8.GetString(this[number]);

    /// <summary>The number of a text; -1 if it is not here.</summary>
    public int Find(ReadOnlySpan<byte> text) => _slots[SlotOf(text)];

    /// <summary>The number of a text, which is added if it is new.</summary>
    public int Add(ReadOnlySpan<byte> text) => Add(text, out _);

    /// <summary>The number of a text, which is added if it is new.</summary>
    public int Add(ReadOnlySpan<byte> text, out bool added)
    {
        int slot = SlotOf(text);
        added = _slots[slot] < 0;
        if (!added)
            return _slots[slot];

        int start = Count == 0 ? 0 : _ends[Count - 1];
        int end = checked(start + text.Length);
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)end, _bytes.Length * 2L)));
        if (Count == _ends.Length)
            Array.Resize(ref _ends, Count * 2);
        text.CopyTo(_bytes.AsSpan(start));
        _ends[Count] = end;
        _slots[slot] = Count++;
        if (Count * 2 > _slots.Length)
        {
            _slots = NewSlots(_slots.Length * 2);
            for (int number = 0; number < Count; number++)
                _slots[SlotOf(this[number])] = number;
        }

        return Count - 1;
    }

    private static int[] NewSlots(int length)
    {
        int[] slots = new int[length];
        slots.AsSpan().Fill(-1);
        return slots;
    }

    private int SlotOf(ReadOnlySpan<byte> text)
    {
        int mask = _slots.Length - 1;
        int slot = (int)Hash(text) & mask;
        while (_slots[slot] >= 0 && !this[_slots[slot]].SequenceEqual(text))
            slot = (slot + 1) & mask;
        return slot;
    }

    // Eight bytes at a step; the finaliser spreads ids that differ only in their last digits over
    // the table.
    private static uint Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = (ulong)text.Length * 0x9E3779B97F4A7C15UL;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(text))
            hash = BitOperations.RotateLeft((hash ^ word) * 0xFF51AFD7ED558CCDUL, 31);
        foreach (byte value in text[(text.Length & ~7)..])
            hash = (hash ^ value) * 0xC4CEB9FE1A85EC53UL;
        hash ^= hash >> 32;
        hash *= 0xBF58476D1CE4E5B9UL;
        return (uint)(hash >> 32);
    }
}
