using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>The row groups of a split's files, numbered across files and read on demand.</summary>
/// <remarks>
/// Cost: beside its bytes, a group's file is opened again in each window that has groups from it,
/// so open files and footers do not pile up however many shards there are. The footer of a shard of
/// 26 groups takes 3 to 5 ms, where reading a group takes 11 to 27.
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

    /// <summary>[groups] Rows in each.</summary>
    public IReadOnlyList<int> RowCounts { get; }

    /// <summary>Reads the files' footers.</summary>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public static async Task<RowGroups> OpenAsync(IReadOnlyList<string> files, CancellationToken ct)
    {
        var fileOfGroup = new List<int>();
        var rowCounts = new List<int>();
        int[] firstGroupOfFile = new int[files.Count];
        for (int file = 0; file < files.Count; file++)
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(files[file], ct);
            firstGroupOfFile[file] = rowCounts.Count;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                fileOfGroup.Add(file);
                rowCounts.Add(reader.RowsIn(group));
            }
        }

        return new RowGroups(files, [.. fileOfGroup], firstGroupOfFile, [.. rowCounts]);
    }

    /// <summary>Reads rows, at the cost of each of their row groups once.</summary>
    /// <param name="places">Which, in the order wanted.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="WorkException">A file is gone or damaged.</exception>
    public async Task<LoadedRow?[]> ReadAsync(RowPlace[] places, CancellationToken ct)
    {
        var groups = new Dictionary<int, IReadOnlyList<TrainingRow>>();
        foreach (IGrouping<int, int> file in places.Select(place => place.Group).Distinct().Order().GroupBy(group => _fileOfGroup[group]))
        {
            try
            {
                await using ShardFileReader reader = await ShardFileReader.OpenAsync(_files[file.Key], ct);
                foreach (int group in file)
                    groups.Add(group, await reader.ReadTrainingRowsAsync(group - _firstGroupOfFile[file.Key], ct));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new WorkException($"'{_files[file.Key]}' cannot be read: {exception.Message} Put it right and run the same command again.", exception);
            }
        }

        return Array.ConvertAll(places, place => (LoadedRow?)new LoadedRow(_files[_fileOfGroup[place.Group]], groups[place.Group][place.Row]));
    }
}
