using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>The row groups of a split's files, numbered across files and read on demand.</summary>
/// <remarks>
/// Cost: a file is opened again for each window that has groups from it, so that open files and
/// footers do not pile up however many shards there are. The footer of a shard of 26 groups takes
/// 3 to 5 ms; reading one group takes 11 to 27 ms.
/// </remarks>
internal sealed class RowGroups
{
    private readonly IReadOnlyList<string> _files;
    private readonly int[] _fileOfGroup;
    private readonly int[] _firstGroupOfFile;

    private RowGroups(IReadOnlyList<string> files, int[] fileOfGroup, int[] firstGroupOfFile, int[] rowCounts)
    {
        _files = files;
        _fileOfGroup = fileOfGroup;
        _firstGroupOfFile = firstGroupOfFile;
        RowCounts = rowCounts;
    }

    /// <summary>The number of rows in each group.</summary>
    public IReadOnlyList<int> RowCounts { get; }

    /// <summary>Reads the files' footers.</summary>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public static async Task<RowGroups> OpenAsync(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var fileOfGroup = new List<int>();
        var rowCounts = new List<int>();
        int[] firstGroupOfFile = new int[files.Count];
        for (int file = 0; file < files.Count; file++)
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(files[file], cancellation);
            firstGroupOfFile[file] = rowCounts.Count;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                fileOfGroup.Add(file);
                rowCounts.Add(reader.RowsIn(group));
            }
        }

        return new RowGroups(files, [.. fileOfGroup], firstGroupOfFile, [.. rowCounts]);
    }

    /// <summary>Reads rows; each of their row groups is read once.</summary>
    /// <param name="places">The rows, in the order wanted.</param>
    /// <returns>The rows; the caller may set those it has passed on to null.</returns>
    /// <exception cref="WorkException">A file is missing or damaged.</exception>
    public async Task<LoadedRow?[]> ReadAsync(RowPlace[] places, CancellationToken cancellation)
    {
        IEnumerable<int> needed = places.Select(place => place.Group).Distinct().Order();
        var rowsOfGroup = new Dictionary<int, IReadOnlyList<TrainingRow>>();
        foreach (IGrouping<int, int> groupsOfFile in needed.GroupBy(group => _fileOfGroup[group]))
            await ReadGroupsAsync(groupsOfFile.Key, groupsOfFile, rowsOfGroup, cancellation);

        return Array.ConvertAll<RowPlace, LoadedRow?>(places, place =>
        {
            string file = _files[_fileOfGroup[place.Group]];
            return new LoadedRow(file, rowsOfGroup[place.Group][place.Row]);
        });
    }

    private async Task ReadGroupsAsync(
        int file,
        IEnumerable<int> groups,
        Dictionary<int, IReadOnlyList<TrainingRow>> rowsOfGroup,
        CancellationToken cancellation)
    {
        string path = _files[file];
        try
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(path, cancellation);
            foreach (int group in groups)
            {
                int groupInFile = group - _firstGroupOfFile[file];
                rowsOfGroup.Add(group, await reader.ReadTrainingRowsAsync(groupInFile, cancellation));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WorkException(
                $"'{path}' cannot be read: {exception.Message} Put it right and run the same command again.",
                exception);
        }
    }
}
