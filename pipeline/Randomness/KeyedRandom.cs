using System.Text;

namespace VisualChat.Pipeline.Randomness;

/// <summary>
/// A random generator that is a function of its key: (seed, dataset, ordinal, purpose). Nothing is
/// shared, so a choice does not depend on other datasets, the order of work or the number of
/// workers. SplitMix64 (Steele et al., 2014) over an FNV-1a/Murmur-finalised key; a value type,
/// so drawing allocates nothing.
/// </summary>
internal struct KeyedRandom
{
    private ulong _state;

    /// <summary>
    /// Makes the generator of one key. Equal keys give equal sequences on every machine.
    /// </summary>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="dataset">The dataset's or recipe entry's name.</param>
    /// <param name="ordinal">
    /// The record's, conversation's or sample's number in the dataset.
    /// </param>
    /// <param name="purpose">
    /// What the numbers are for, so that two uses of one record do not see the same numbers.
    /// </param>
    public KeyedRandom(long seed, string dataset, long ordinal, string purpose)
    {
        ulong key = Mix((ulong)seed + 0x9E3779B97F4A7C15UL);
        key = Mix(key ^ HashText(dataset));
        key = Mix(key ^ (ulong)ordinal);
        _state = Mix(key ^ HashText(purpose));
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15UL;
        return Mix(_state);
    }

    /// <summary>
    /// A uniform integer in [0, <paramref name="bound"/>), without modulo bias (Lemire's
    /// multiply-and-reject).
    /// </summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        while (true)
        {
            ulong high = Math.BigMul(NextBits(), (ulong)bound, out ulong low);
            if (low >= (ulong)bound || low >= (0UL - (ulong)bound) % (ulong)bound)
                return (int)high;
        }
    }

    /// <summary>
    /// A uniform integer in [<paramref name="low"/>, <paramref name="high"/>], both ends included.
    /// </summary>
    public int NextInclusive(int low, int high) => low + Next(high - low + 1);

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Shuffles in place (Fisher-Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong HashText(string text)
    {
        ulong hash = 0xCBF29CE484222325UL;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ value) * 0x100000001B3UL;
        return Mix(hash);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
