using System.Diagnostics;

namespace VisualChat.Gpu;

/// <summary>The middle one of several times.</summary>
internal static class Median
{
    /// <summary>Seconds of an action, after runs that do not count.</summary>
    /// <param name="warmUps">Runs before: libraries load, and kernels are chosen.</param>
    /// <param name="rounds">Runs that count.</param>
    /// <param name="action">
    /// Must end when its work has ended. It is given the run's ordinal.
    /// </param>
    public static double SecondsOf(int warmUps, int rounds, Action<int> action)
    {
        for (int ordinal = 0; ordinal < warmUps; ordinal++)
            action(ordinal);
        double[] seconds = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            action(warmUps + round);
            seconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[rounds / 2];
    }
}
