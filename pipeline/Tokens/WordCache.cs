using System.Runtime.InteropServices;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// The ids of words met before, for one encoding at a time. Direct-mapped and of fixed size (16,384
/// words, 1.1 MB): a new word takes the place of the one in its slot, so it never grows, and what
/// it holds never changes a result.
/// </summary>
internal sealed class WordCache
{
    private const int Slots = 1 << 14;
    private const int MaxChars = 16;
    private const int MaxIds = 8;
    private readonly char[] _words = new char[Slots * MaxChars];
    private readonly int[] _ids = new int[Slots * MaxIds];

    // A word of no characters is none: an empty slot.
    private readonly byte[] _charCounts = new byte[Slots];
    private readonly byte[] _idCounts = new byte[Slots];

    /// <summary>Whether the cache takes words of that length.</summary>
    public static bool Takes(ReadOnlySpan<char> word) => word.Length <= MaxChars;

    /// <summary>The word's slot, whether or not it holds the word.</summary>
    /// <param name="word">At most 16 characters.</param>
    public static int SlotOf(ReadOnlySpan<char> word)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(word);
        ulong hash = (ulong)word.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(bytes));
        if (bytes.Length >= sizeof(uint))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<uint>(bytes));
            bytes = bytes[sizeof(uint)..];
        }

        if (bytes.Length > 0)
            hash = Mix(hash ^ MemoryMarshal.Read<ushort>(bytes));
        return (int)(hash >> 40) & (Slots - 1);
    }

    /// <summary>Appends the word's ids, if the slot holds the word.</summary>
    public bool TryAppend(int slot, ReadOnlySpan<char> word, List<int> ids)
    {
        if (!word.SequenceEqual(_words.AsSpan(slot * MaxChars, _charCounts[slot])))
            return false;
        ids.AddRange(_ids.AsSpan(slot * MaxIds, _idCounts[slot]));
        return true;
    }

    /// <summary>Keeps a word, unless it has too many ids.</summary>
    public void Keep(int slot, ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (ids.Length > MaxIds)
            return;
        word.CopyTo(_words.AsSpan(slot * MaxChars, MaxChars));
        ids.CopyTo(_ids.AsSpan(slot * MaxIds, MaxIds));
        _charCounts[slot] = (byte)word.Length;
        _idCounts[slot] = (byte)ids.Length;
    }

    private static ulong Mix(ulong value)
    {
        value *= 0x9E3779B97F4A7C15UL;
        return value ^ (value >> 32);
    }
}
