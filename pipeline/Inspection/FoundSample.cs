using System.Globalization;
using System.Runtime.CompilerServices;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Inspection;

/// <summary>A sample of a blend's shards, and where it is.</summary>
/// <param name="Index">Its number in the split, from 0.</param>
internal sealed record FoundSample(string Split, int Index, SampleRow Row)
{
    /// <summary>Finds a sample by its id in all splits, or by its number in the first.</summary>
    /// <param name="folder">The shards' folder, as messages name it.</param>
    /// <param name="split">The only split to look in; null: all.</param>
    /// <exception cref="InputException">There is no such sample.</exception>
    public static async Task<FoundSample> FindAsync(
        ShardSet shards, string folder, string wanted, string? split, CancellationToken cancellation)
    {
        string[] splits = split is null ? [.. shards.Splits] : [split];
        if (int.TryParse(wanted, NumberStyles.None, null, out int number))
        {
            if (await shards.FindAsync(splits[0], number, cancellation) is { } row)
                return new FoundSample(splits[0], number, row);
            int all = await shards.CountAsync(splits[0], cancellation);
            throw new InputException($"{folder}: no sample {number} in {splits[0]}, which has {all}, counted from 0.");
        }

        foreach (string name in splits)
        {
            int index = await shards.IndexOfAsync(name, wanted, cancellation);
            if (index >= 0)
                return new FoundSample(name, index, (await shards.FindAsync(name, index, cancellation))!);
        }

        throw new InputException(
            $"{folder}: no sample '{wanted}' in {string.Join(" or ", splits)}. "
            + "Give an id, or a number counted from 0.");
    }

    /// <summary>The first samples of a split.</summary>
    public static async IAsyncEnumerable<FoundSample> FirstAsync(
        ShardSet shards, string split, int count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        int index = 0;
        await foreach (SampleRow row in shards.ReadRowsAsync(split, cancellation))
        {
            if (index == count)
                yield break;
            yield return new FoundSample(split, index++, row);
        }
    }

    /// <summary>A sequence of this sample alone.</summary>
    public IAsyncEnumerable<FoundSample> AloneAsync() => new[] { this }.ToAsyncEnumerable();
}
