namespace VisualChat.Model.Files;

/// <summary>
/// Which files the process waits for at the moment, so that a program can say so: a system call on
/// a network mount that does not answer never returns, and nothing can interrupt it. Costs two
/// writes and a look at the clock for each file, and no system call.
/// </summary>
public static class FileWaits
{
    private static readonly ThreadLocal<Slot> Slots = new(() => new Slot(), trackAllValues: true);

    /// <summary>Each file that a thread waits for now, and how long it has waited.</summary>
    public static IReadOnlyList<(string Path, TimeSpan Waited)> All()
    {
        var waits = new List<(string Path, TimeSpan Waited)>();
        long now = Environment.TickCount64;
        foreach (Slot slot in Slots.Values)
        {
            // In the opposite order of the writes: a file never seems to have waited too long.
            if (Volatile.Read(ref slot.Path) is { } path)
                waits.Add((path, TimeSpan.FromMilliseconds(now - Volatile.Read(ref slot.Since))));
        }

        return waits;
    }

    /// <summary>This thread waits for a file until the result is disposed of.</summary>
    public static Wait For(string path) => new(path, Slots.Value!);

    internal sealed class Slot
    {
        public string? Path;
        public long Since;
    }

    /// <summary>A wait, ended by disposing of it. On the thread that began it.</summary>
    public readonly ref struct Wait
    {
        private readonly Slot _slot;
        private readonly string? _outer;

        internal Wait(string path, Slot slot)
        {
            (_slot, _outer) = (slot, slot.Path);
            Volatile.Write(ref slot.Since, Environment.TickCount64);
            Volatile.Write(ref slot.Path, path);
        }

        /// <summary>The file has answered.</summary>
        public void Dispose()
        {
            Volatile.Write(ref _slot.Since, Environment.TickCount64);
            Volatile.Write(ref _slot.Path, _outer);
        }
    }
}
