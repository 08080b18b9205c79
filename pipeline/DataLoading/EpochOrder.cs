using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The order of one epoch, from the row groups' row counts alone. The groups of all shards are
/// shuffled and cut into windows of up to <see cref="GroupsPerWindow"/>; the rows of a window are
/// shuffled among each other. So a window can be anywhere in the epoch, only the groups of one
/// window have to be in memory, and a data loader that continues in the middle of an epoch opens
/// only the groups that it still needs. A blend has already put its samples in random order, so the
/// samples of a group are a random draw.
/// </summary>
internal sealed class EpochOrder
{
    /// <summary>
    /// A blend closes a row group at 8 MB of images: a window is 64 MB of them, however large they
    /// are.
    /// </summary>
    public const int GroupsPerWindow = 8;

    private const string Purpose = "feed";

    private readonly IReadOnlyList<int> _rowsOfGroups;
    private readonly int[][] _windows;
    private readonly Action<int, RowPlace[]> _mix;

    private EpochOrder(IReadOnlyList<int> rowsOfGroups, int[][] windows, Action<int, RowPlace[]> mix) =>
        (_rowsOfGroups, _windows, _mix) = (rowsOfGroups, windows, mix);

    /// <summary>
    /// A random order: a function of the seed and the epoch, and of nothing else that could change.
    /// </summary>
    /// <param name="rowsOfGroups">Rows in each row group, through all files.</param>
    /// <param name="seed">The training's seed.</param>
    /// <param name="epoch">From 0.</param>
    public static EpochOrder Shuffled(IReadOnlyList<int> rowsOfGroups, long seed, int epoch)
    {
        int[] groups = [.. Enumerable.Range(0, rowsOfGroups.Count)];
        new KeyedRandom(seed, Purpose, epoch, "row groups").Shuffle<int>(groups);
        return new EpochOrder(rowsOfGroups, Evenly(groups), (window, rows) =>
            new KeyedRandom(seed, Purpose, epoch, $"rows of window {window}").Shuffle<RowPlace>(rows));
    }

    /// <summary>The order of the files.</summary>
    public static EpochOrder OfFiles(IReadOnlyList<int> rowsOfGroups) =>
        new(rowsOfGroups, [.. Enumerable.Range(0, rowsOfGroups.Count).Select(group => new[] { group })], (_, _) => { });

    /// <summary>The rest of the epoch, window by window.</summary>
    /// <param name="sample">The first sample wanted.</param>
    public IEnumerable<RowPlace[]> WindowsFrom(int sample)
    {
        int first = 0;
        for (int window = 0; window < _windows.Length; window++)
        {
            int count = _windows[window].Sum(group => _rowsOfGroups[group]);
            if (sample < first + count)
                yield return RowsOf(window)[Math.Max(0, sample - first)..];
            first += count;
        }
    }

    private RowPlace[] RowsOf(int window)
    {
        RowPlace[] rows = [.. _windows[window].SelectMany(group => Enumerable.Range(0, _rowsOfGroups[group]).Select(row => new RowPlace(group, row)))];
        _mix(window, rows);
        return rows;
    }

    // Windows of similar size: the rows of a last window of one group would not mix with others.
    private static int[][] Evenly(int[] groups)
    {
        int count = (groups.Length + GroupsPerWindow - 1) / GroupsPerWindow;
        return [.. Enumerable.Range(0, count).Select(window => groups[BorderAt(window)..BorderAt(window + 1)])];

        int BorderAt(int window) => (int)((long)window * groups.Length / count);
    }
}
