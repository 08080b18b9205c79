using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The order of one epoch, which depends only on the row counts of the row groups. The groups of
/// all shards are shuffled and cut into windows of up to <see cref="GroupsPerWindow"/>, and the
/// rows of each window are shuffled together. Only one window's groups have to be in memory, and a
/// data loader that continues in the middle of an epoch opens only the groups it still needs. A
/// blend has already put its samples in random order, so the samples of a group are a random draw.
/// </summary>
internal sealed class EpochOrder
{
    /// <summary>
    /// A blend closes a row group at 8 MB of images, so a window holds 64 MB of them, whatever
    /// their size.
    /// </summary>
    public const int GroupsPerWindow = 8;

    // This word decides the order of every training: changing it would change them all.
    private const string Purpose = "feed";

    private readonly IReadOnlyList<int> _rowsOfGroups;
    private readonly int[][] _windows;
    private readonly Action<int, RowPlace[]> _shuffleWindow;

    private EpochOrder(IReadOnlyList<int> rowsOfGroups, int[][] windows, Action<int, RowPlace[]> shuffleWindow)
    {
        _rowsOfGroups = rowsOfGroups;
        _windows = windows;
        _shuffleWindow = shuffleWindow;
    }

    /// <summary>A random order that depends only on the row counts, seed and epoch.</summary>
    /// <param name="rowsOfGroups">Rows of each row group of all files, in order.</param>
    /// <param name="seed">The training's seed.</param>
    /// <param name="epoch">From 0.</param>
    public static EpochOrder Shuffled(IReadOnlyList<int> rowsOfGroups, long seed, int epoch)
    {
        int[] groups = [.. Enumerable.Range(0, rowsOfGroups.Count)];
        new KeyedRandom(seed, Purpose, epoch, "row groups").Shuffle<int>(groups);
        return new EpochOrder(rowsOfGroups, InEvenWindows(groups), ShuffleWindow);

        void ShuffleWindow(int window, RowPlace[] rows)
        {
            var random = new KeyedRandom(seed, Purpose, epoch, $"rows of window {window}");
            random.Shuffle<RowPlace>(rows);
        }
    }

    /// <summary>The order of the files.</summary>
    public static EpochOrder OfFiles(IReadOnlyList<int> rowsOfGroups)
    {
        IEnumerable<int> groups = Enumerable.Range(0, rowsOfGroups.Count);
        int[][] windowsOfOneGroup = [.. groups.Select(group => new[] { group })];
        return new EpochOrder(rowsOfGroups, windowsOfOneGroup, (_, _) => { });
    }

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
        RowPlace[] rows = [.. _windows[window].SelectMany(RowsOfGroup)];
        _shuffleWindow(window, rows);
        return rows;
    }

    private IEnumerable<RowPlace> RowsOfGroup(int group) =>
        Enumerable.Range(0, _rowsOfGroups[group]).Select(row => new RowPlace(group, row));

    // The windows have similar sizes: a last window of only one group would not mix its rows with
    // those of other groups.
    private static int[][] InEvenWindows(int[] groups)
    {
        int count = (groups.Length + GroupsPerWindow - 1) / GroupsPerWindow;
        return [.. Enumerable.Range(0, count).Select(window => groups[StartOf(window)..StartOf(window + 1)])];

        int StartOf(int window) => (int)((long)window * groups.Length / count);
    }
}
