namespace VisualChat.Pipeline.Randomness;

/// <summary>
/// Random orders in which each item is placed by its own key, a random number drawn from (seed,
/// dataset, ordinal, purpose). Adding or removing a record does not change the order of the others.
/// Costs one sort of 16 bytes an item.
/// </summary>
internal static class KeyedOrder
{
    /// <summary>The items' indexes in random order.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="dataset">The dataset's or entry's name.</param>
    /// <param name="ordinalOf">
    /// The ordinal of an item; items with equal ordinals keep their index order.
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
