namespace VisualChat.Pipeline.Randomness;

/// <summary>
/// Random orders that are a function of each item's own key: an item is placed by a random number
/// drawn from (seed, dataset, ordinal, purpose), so an added or removed record moves no other
/// record past a third. Costs one sort of 16 bytes an item.
/// </summary>
internal static class KeyedOrder
{
    /// <summary>The items' indexes in random order.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="dataset">The dataset's or entry's name.</param>
    /// <param name="ordinalOf">
    /// The ordinal of an item; two items with one ordinal keep their index order.
    /// </param>
    /// <param name="purpose">What the order is for.</param>
    public static int[] Shuffled(int count, long seed, string dataset, Func<int, long> ordinalOf, string purpose)
    {
        var keys = new (ulong Key, int Item)[count];
        for (int item = 0; item < count; item++)
            keys[item] = (new KeyedRandom(seed, dataset, ordinalOf(item), purpose).NextBits(), item);
        Array.Sort(keys);
        return Array.ConvertAll(keys, entry => entry.Item);
    }
}
