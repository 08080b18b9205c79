using System.Runtime.CompilerServices;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// The shards of any folder that <c>blend</c> wrote, found by their file names
/// (<c>data/{split}-{i:05}-of-{n:05}.parquet</c>) and read to be inspected. The data loader takes
/// the shards that the manifest lists instead, and only if they are its recipe's own.
/// </summary>
internal sealed class ShardSet
{
    /// <summary>The split that is trained on.</summary>
    public const string Train = "train";

    /// <summary>The split that is held out.</summary>
    public const string Validation = "validation";

    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _filesBySplit;

    private ShardSet(string folder, IReadOnlyDictionary<string, IReadOnlyList<string>> filesBySplit)
    {
        _folder = folder;
        _filesBySplit = filesBySplit;
    }

    /// <summary>The splits that have shards, <see cref="Train"/> first.</summary>
    public IEnumerable<string> Splits => new[] { Train, Validation }.Where(_filesBySplit.ContainsKey);

    /// <summary>
    /// Finds the shards under a folder that <c>blend</c> wrote; no file is opened.
    /// </summary>
    /// <param name="folder">The folder that holds <c>data/</c>.</param>
    /// <exception cref="InputException">There is no such folder, or no shard in it.</exception>
    public static ShardSet Open(string folder)
    {
        string data = Path.Combine(folder, "data");
        if (!Directory.Exists(data))
        {
            throw new InputException(
                $"{folder}: no shards here (there is no folder 'data'). Make them with 'visualchat blend'.");
        }

        var files = new Dictionary<string, IReadOnlyList<string>>();
        foreach (string split in new[] { Train, Validation })
        {
            string[] found = Directory.GetFiles(data, $"{split}-?????-of-?????.parquet");
            Array.Sort(found, StringComparer.Ordinal);
            if (found.Length > 0)
                files[split] = found;
        }

        if (files.Count == 0)
            throw new InputException($"{data}: no finished shard here. Make them with 'visualchat blend'.");
        return new ShardSet(folder, files);
    }

    /// <summary>The files of a split, in order.</summary>
    /// <exception cref="InputException">The split has no shards.</exception>
    public IReadOnlyList<string> FilesOf(string split)
    {
        if (_filesBySplit.TryGetValue(split, out IReadOnlyList<string>? files))
            return files;
        throw new InputException(
            $"{_folder}: no shards of the split '{split}'. There are: {string.Join(", ", Splits)}.");
    }

    /// <summary>Rows of a split; reads each file's footer.</summary>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public async Task<int> CountAsync(string split, CancellationToken ct)
    {
        int rows = 0;
        foreach (string file in FilesOf(split))
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(file, ct);
            rows += reader.RowCount;
        }

        return rows;
    }

    /// <summary>Every row of a split, in order; one row group is in memory at a time.</summary>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public async IAsyncEnumerable<SampleRow> ReadRowsAsync(
        string split, [EnumeratorCancellation] CancellationToken ct = default)
    {
        foreach (string file in FilesOf(split))
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(file, ct);
            await foreach (SampleRow row in reader.ReadRowsAsync(ct))
                yield return row;
        }
    }

    /// <summary>Every row's summary of a split, in order; reads only small columns.</summary>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public async IAsyncEnumerable<RowSummary> ReadSummariesAsync(
        string split, [EnumeratorCancellation] CancellationToken ct = default)
    {
        foreach (string file in FilesOf(split))
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(file, ct);
            await foreach (RowSummary summary in reader.ReadSummariesAsync(ct))
                yield return summary;
        }
    }

    /// <summary>
    /// The row at a number of a split, at the cost of every earlier file's footer and one row
    /// group.
    /// </summary>
    /// <param name="index">From 0, through all files.</param>
    /// <returns>
    /// The row; null when the split has no more than <paramref name="index"/> rows.
    /// </returns>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public async Task<SampleRow?> FindAsync(string split, int index, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        int first = 0;
        foreach (string file in FilesOf(split))
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(file, ct);
            if (index - first < reader.RowCount)
                return await reader.ReadRowAsync(index - first, ct);
            first += reader.RowCount;
        }

        return null;
    }

    /// <summary>
    /// The number of a sample in a split, at the cost of the id columns before it.
    /// </summary>
    /// <returns>From 0, through all files; -1 when the split has no such id.</returns>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public async Task<int> IndexOfAsync(string split, string id, CancellationToken ct)
    {
        int first = 0;
        foreach (string file in FilesOf(split))
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(file, ct);
            IReadOnlyList<string> ids = await reader.ReadIdsAsync(ct);
            for (int index = 0; index < ids.Count; index++)
            {
                if (ids[index] == id)
                    return first + index;
            }

            first += ids.Count;
        }

        return -1;
    }
}
