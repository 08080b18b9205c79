using System.Globalization;

namespace VisualChat.Model.Memory;

/// <summary>
/// The memory that this process may still take: the machine's, or its control group's if that has
/// less.
/// </summary>
internal static class HostMemory
{
    public static FreeMemory? OfMachine() => Of("/proc/meminfo", "/sys/fs/cgroup");

    /// <param name="machine">Linux's <c>meminfo</c>.</param>
    /// <param name="group">The folder of the process's control group (version 2).</param>
    /// <returns>Null where there is no such file: on another system.</returns>
    public static FreeMemory? Of(string machine, string group)
    {
        if (Lines(machine) is not { } lines)
            return null;
        long total = 1024 * Value(lines, "MemTotal:"), free = 1024 * Value(lines, "MemAvailable:");
        if (Number(Path.Combine(group, "memory.max")) is not { } most
            || Number(Path.Combine(group, "memory.current")) is not { } taken)
        {
            return new FreeMemory(free, total);
        }

        // Pages of files are given up when memory is wanted.
        long files = Lines(Path.Combine(group, "memory.stat")) is { } statistics
            ? Value(statistics, "inactive_file ") + Value(statistics, "active_file ")
            : 0;
        return new FreeMemory(Math.Clamp(most - taken + files, 0, free), Math.Min(total, most));
    }

    private static string[]? Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Value(string[] lines, string name)
    {
        string? line = Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal));
        string number = line?[name.Length..].Trim().Split(' ')[0] ?? "";
        return long.TryParse(number, NumberStyles.None, null, out long value) ? value : 0;
    }

    // "max" is no number: the group has no limit.
    private static long? Number(string path) =>
        Lines(path) is [{ } line] && long.TryParse(line, NumberStyles.None, null, out long value) ? value : null;
}
