using System.Globalization;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// One machine's share of the shards: those whose number leaves the remainder I - 1 on division by
/// N.
/// </summary>
/// <param name="Number">I, from 1.</param>
/// <param name="Count">N.</param>
internal readonly record struct Partition(int Number, int Count)
{
    /// <summary>Parses <c>3/8</c>.</summary>
    /// <exception cref="InputException">It is not a share.</exception>
    public static Partition Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, null, out int number)
            && int.TryParse(parts[1], NumberStyles.None, null, out int count)
            && number >= 1 && number <= count)
        {
            return new Partition(number, count);
        }

        throw new InputException(
            $"--partition '{text}' is no share of the shards; write I/N with 1 <= I <= N, as in 3/8.");
    }

    /// <summary>Whether a shard, counted through all splits, is in the share.</summary>
    public bool Holds(int shard) => shard % Count == Number - 1;

    public override string ToString() => $"{Number}-of-{Count}";
}
