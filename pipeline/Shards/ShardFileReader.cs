using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Parquet;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// Reads one shard, row group by row group. A group's rows are read at once, images included;
/// <see cref="ReadSummariesAsync"/> and <see cref="ReadIdsAsync"/> read only the small columns they
/// need. Not safe to use from two threads at a time.
/// </summary>
/// <remarks>
/// Cost: an image's bytes are read into a page and copied once into the row. Lower bound: one read
/// into the row's own array.
/// </remarks>
internal sealed class ShardFileReader : IAsyncDisposable
{
    private readonly ParquetReader _reader;
    private readonly string _name;
    private readonly Dictionary<string, DataField> _fields;
    private readonly int[] _groupStarts;

    private ShardFileReader(ParquetReader reader, string name)
    {
        _reader = reader;
        _name = name;
        _fields = reader.Schema.DataFields.ToDictionary(field => string.Join('.', field.Path.ToList()));
        _groupStarts = new int[reader.RowGroupCount + 1];
        for (int group = 0; group < reader.RowGroupCount; group++)
            _groupStarts[group + 1] = _groupStarts[group] + checked((int)reader.RowGroups[group].RowCount);
    }

    public int RowCount => _groupStarts[^1];

    public int RowGroupCount => _groupStarts.Length - 1;

    /// <summary>Opens a shard file.</summary>
    /// <exception cref="WorkException">
    /// The file is not Parquet, or was not written whole.
    /// </exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static async Task<ShardFileReader> OpenAsync(string path, CancellationToken ct)
    {
        FileStream file = UserFile.OpenStream(path);
        try
        {
            RefuseBrokenFooter(file, path);
            return await OpenAsync(file, path, ct);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Parquet.Net believes a footer: a broken one can end the process. Costs one read and one
    /// parse of it.
    /// </summary>
    private static void RefuseBrokenFooter(FileStream file, string path)
    {
        try
        {
            _ = FooterReader.Read(file.SafeFileHandle, file.Length);
        }
        catch (FormatException exception)
        {
            throw new WorkException(
                $"{path}: not a whole Parquet file ({exception.Message}). Delete it and run 'blend' again.",
                exception);
        }
    }

    /// <summary>Opens a shard in a seekable stream, which is closed with the reader.</summary>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="WorkException">
    /// The stream is not Parquet, or was not written whole.
    /// </exception>
    public static async Task<ShardFileReader> OpenAsync(Stream input, string name, CancellationToken ct)
    {
        try
        {
            ParquetReader reader = await ParquetReader.CreateAsync(
                input, leaveStreamOpen: false, cancellationToken: ct);
            return new ShardFileReader(reader, name);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or UnauthorizedAccessException))
        {
            throw new WorkException(
                $"{name}: not a whole Parquet file ({exception.Message}). Delete it and run 'blend' again.",
                exception);
        }
    }

    /// <summary>Rows in one row group.</summary>
    public int RowsIn(int group) => _groupStarts[group + 1] - _groupStarts[group];

    /// <summary>Reads every row of one row group.</summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async Task<IReadOnlyList<SampleRow>> ReadRowGroupAsync(int group, CancellationToken ct)
    {
        using RowGroupColumnReader columns = OpenRowGroup(group);
        int rows = RowsIn(group);
        string[] ids = await columns.ReadTextAsync("id", ct);
        string[] datasets = await columns.ReadTextAsync("dataset", ct);
        string[][] sources = await columns.ReadTextListsAsync("sources.list.element", ct);
        RowImage[][] images = await columns.ReadImagesAsync(ct);
        RowRound[][] rounds = await ReadRoundsAsync(columns, rows, ct);
        string[] texts = await columns.ReadTextAsync("text", ct);
        int[][] inputIds = await columns.ReadNumberListsAsync("input_ids.list.element", ct);
        int[][] labels = await columns.ReadNumberListsAsync("labels.list.element", ct);
        int[] textTokens = await columns.ReadNumbersAsync("text_tokens", ct);
        int[] sequenceTokens = await columns.ReadNumbersAsync("sequence_tokens", ct);

        var result = new SampleRow[rows];
        for (int row = 0; row < rows; row++)
        {
            result[row] = new SampleRow
            {
                Id = ids[row],
                Dataset = datasets[row],
                Sources = sources[row],
                Images = images[row],
                Rounds = rounds[row],
                Text = texts[row],
                InputIds = inputIds[row],
                Labels = labels[row],
                TextTokens = textTokens[row],
                SequenceTokens = sequenceTokens[row],
            };
        }

        return result;
    }

    /// <summary>
    /// Reads what training needs of every row of one row group: text and rounds are not read.
    /// </summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async Task<IReadOnlyList<TrainingRow>> ReadTrainingRowsAsync(int group, CancellationToken ct)
    {
        using RowGroupColumnReader columns = OpenRowGroup(group);
        int rows = RowsIn(group);
        string[] ids = await columns.ReadTextAsync("id", ct);
        RowImage[][] images = await columns.ReadImagesAsync(ct);
        int[][] inputIds = await columns.ReadNumberListsAsync("input_ids.list.element", ct);
        int[][] labels = await columns.ReadNumberListsAsync("labels.list.element", ct);
        int[] sequenceTokens = await columns.ReadNumbersAsync("sequence_tokens", ct);
        var result = new TrainingRow[rows];
        for (int row = 0; row < rows; row++)
            result[row] = new TrainingRow(ids[row], images[row], inputIds[row], labels[row], sequenceTokens[row]);
        return result;
    }

    /// <summary>Reads every row's positions in the model, in order.</summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async Task<IReadOnlyList<int>> ReadSequenceTokensAsync(CancellationToken ct)
    {
        var tokens = new List<int>(RowCount);
        for (int group = 0; group < RowGroupCount; group++)
        {
            using RowGroupColumnReader columns = OpenRowGroup(group);
            tokens.AddRange(await columns.ReadNumbersAsync("sequence_tokens", ct));
        }

        return tokens;
    }

    /// <summary>Reads all rows in order; one row group is in memory at a time.</summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async IAsyncEnumerable<SampleRow> ReadRowsAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        for (int group = 0; group < RowGroupCount; group++)
        {
            foreach (SampleRow row in await ReadRowGroupAsync(group, ct))
                yield return row;
        }
    }

    /// <summary>Reads one row, at the cost of its row group.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async Task<SampleRow> ReadRowAsync(int index, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, RowCount);
        int group = Array.FindLastIndex(_groupStarts, _groupStarts.Length - 2, start => start <= index);
        IReadOnlyList<SampleRow> rows = await ReadRowGroupAsync(group, ct);
        return rows[index - _groupStarts[group]];
    }

    /// <summary>Reads every row's id, in order.</summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async Task<IReadOnlyList<string>> ReadIdsAsync(CancellationToken ct)
    {
        var ids = new List<string>(RowCount);
        for (int group = 0; group < RowGroupCount; group++)
        {
            using RowGroupColumnReader columns = OpenRowGroup(group);
            ids.AddRange(await columns.ReadTextAsync("id", ct));
        }

        return ids;
    }

    /// <summary>
    /// Reads every row's summary, in order, without touching images, text or ids.
    /// </summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async IAsyncEnumerable<RowSummary> ReadSummariesAsync(
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (int group = 0; group < RowGroupCount; group++)
        {
            using RowGroupColumnReader columns = OpenRowGroup(group);
            int rows = RowsIn(group);
            string[] ids = await columns.ReadTextAsync("id", ct);
            string[] datasets = await columns.ReadTextAsync("dataset", ct);
            string[][] sources = await columns.ReadTextListsAsync("sources.list.element", ct);
            string[][] roundSources = await columns.ReadTextListsAsync("turns.list.element.source", ct);
            int[][] roundImages = await columns.ReadNumberListsAsync("turns.list.element.images", ct);
            int[] textTokens = await columns.ReadNumbersAsync("text_tokens", ct);
            int[] sequenceTokens = await columns.ReadNumbersAsync("sequence_tokens", ct);
            int[] imageCounts = await columns.ReadNumbersAsync("image_count", ct);
            for (int row = 0; row < rows; row++)
            {
                yield return new RowSummary(
                    ids[row],
                    datasets[row],
                    sources[row],
                    roundSources[row],
                    roundImages[row],
                    textTokens[row],
                    sequenceTokens[row],
                    imageCounts[row]);
            }
        }
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private static async Task<RowRound[][]> ReadRoundsAsync(
        RowGroupColumnReader columns, int rows, CancellationToken ct)
    {
        string[][] questions = await columns.ReadTextListsAsync("turns.list.element.question", ct);
        string[][] answers = await columns.ReadTextListsAsync("turns.list.element.answer", ct);
        int[][] images = await columns.ReadNumberListsAsync("turns.list.element.images", ct);
        string[][] sources = await columns.ReadTextListsAsync("turns.list.element.source", ct);
        string[][] records = await columns.ReadTextListsAsync("turns.list.element.record", ct);
        var rounds = new RowRound[rows][];
        for (int row = 0; row < rows; row++)
        {
            rounds[row] = new RowRound[questions[row].Length];
            for (int round = 0; round < rounds[row].Length; round++)
            {
                rounds[row][round] = new RowRound(
                    questions[row][round],
                    answers[row][round],
                    images[row][round],
                    sources[row][round],
                    records[row][round]);
            }
        }

        return rounds;
    }

    private RowGroupColumnReader OpenRowGroup(int group) =>
        new(_reader.OpenRowGroupReader(group), _fields, _name, RowsIn(group));
}
