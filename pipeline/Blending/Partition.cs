using System.Globalization;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Launching;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// One machine's share of the shards: those whose number leaves the remainder I - 1 on division by
/// N.
/// </summary>
/// <param name="Number">I, from 1.</param>
/// <param name="Count">N.</param>
internal readonly record struct Partition(int Number, int Count)
{
    /// <summary>
    /// Parses <c>3/8</c>; <c>auto</c>, the share of this process among those of its launch; or
    /// <c>auto/8</c>, where the launcher does not say how many there are.
    /// </summary>
    /// <exception cref="InputException">It is not a share.</exception>
    public static Partition Parse(string text, LaunchEnvironment launch)
    {
        string[] parts = text.Split('/');
        if (parts is ["auto"])
            return Claim(launch, shares: null);
        if (parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, null, out int count) && count >= 1)
        {
            if (parts[0] == "auto")
                return Claim(launch, count);
            if (int.TryParse(parts[0], NumberStyles.None, null, out int number) && number >= 1 && number <= count)
                return new Partition(number, count);
        }

        throw new InputException(
            $"--partition '{text}' is no share of the shards; write I/N with 1 <= I <= N, as in 3/8, "
            + "or auto or auto/N to take I from the launcher.");
    }

    /// <summary>Whether a shard, counted through all splits, is in the share.</summary>
    public bool Holds(int shard) => shard % Count == Number - 1;

    public override string ToString() => $"{Number}-of-{Count}";

    private static Partition Claim(LaunchEnvironment launch, int? shares)
    {
        ProcessNumber process = launch.Process() ?? throw new InputException(
            "--partition auto: no launcher says which process this is. "
            + $"Looked for {LaunchEnvironment.Variables}. Write I/N, as in 3/8.");
        int count = shares ?? process.Count ?? throw new InputException(
            $"--partition auto: this is process {process.Number} (from 0) of a launch that does not say of how "
            + "many. Write auto/N with the number of shares, as in auto/8.");
        return process.Number < count
            ? new Partition(process.Number + 1, count)
            : throw new InputException(
                $"--partition auto/{count}: this is process {process.Number}, and they count from 0: there is no "
                + $"such share. Number them from 0 to {count - 1}.");
    }
}
