using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;
using VisualChat.Pipeline.Errors;
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

    /// <summary>Number of rows.</summary>
    public int RowCount => _groupStarts[^1];

    /// <summary>Number of row groups.</summary>
    public int RowGroupCount => _groupStarts.Length - 1;

    /// <summary>Opens a shard file.</summary>
    /// <exception cref="WorkException">
    /// The file is not Parquet, or was not written whole.
    /// </exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static async Task<ShardFileReader> OpenAsync(string path, CancellationToken ct)
    {
        FileStream file = File.OpenRead(path);
        try
        {
            return await OpenAsync(file, path, ct);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a shard in a seekable stream, which is closed with the reader.</summary>
    /// <param name="input">The file's bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="WorkException">
    /// The stream is not Parquet, or was not written whole.
    /// </exception>
    public static async Task<ShardFileReader> OpenAsync(Stream input, string name, CancellationToken ct)
    {
        try
        {
            return new ShardFileReader(await ParquetReader.CreateAsync(input, leaveStreamOpen: false, cancellationToken: ct), name);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or UnauthorizedAccessException))
        {
            throw new WorkException($"{name}: not a whole Parquet file ({exception.Message}). Delete it and run 'blend' again.", exception);
        }
    }

    /// <summary>Rows in one row group.</summary>
    public int RowsIn(int group) => _groupStarts[group + 1] - _groupStarts[group];

    /// <summary>Reads every row of one row group.</summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async Task<IReadOnlyList<SampleRow>> ReadRowGroupAsync(int group, CancellationToken ct)
    {
        using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
        int rows = RowsIn(group);
        string[] ids = await ReadTextAsync(reader, "id", ct);
        string[] datasets = await ReadTextAsync(reader, "dataset", ct);
        string[][] sources = await ReadTextListsAsync(reader, rows, "sources.list.element", ct);
        RowImage[][] images = await ReadImagesAsync(reader, rows, ct);
        string[][] questions = await ReadTextListsAsync(reader, rows, "turns.list.element.question", ct);
        string[][] answers = await ReadTextListsAsync(reader, rows, "turns.list.element.answer", ct);
        int[][] turnImages = await ReadListsAsync(reader, rows, "turns.list.element.images", (int value) => value, ct);
        string[][] turnSources = await ReadTextListsAsync(reader, rows, "turns.list.element.source", ct);
        string[][] turnRecords = await ReadTextListsAsync(reader, rows, "turns.list.element.record", ct);
        string[] texts = await ReadTextAsync(reader, "text", ct);
        int[][] inputIds = await ReadListsAsync(reader, rows, "input_ids.list.element", (int value) => value, ct);
        int[][] labels = await ReadListsAsync(reader, rows, "labels.list.element", (int value) => value, ct);
        int[] textTokens = await ReadAsync<int>(reader, "text_tokens", ct);
        int[] sequenceTokens = await ReadAsync<int>(reader, "sequence_tokens", ct);

        var result = new SampleRow[rows];
        for (int row = 0; row < rows; row++)
        {
            var turns = new RowRound[questions[row].Length];
            for (int turn = 0; turn < turns.Length; turn++)
                turns[turn] = new RowRound(
                    questions[row][turn], answers[row][turn], turnImages[row][turn], turnSources[row][turn], turnRecords[row][turn]);
            result[row] = new SampleRow
            {
                Id = ids[row],
                Dataset = datasets[row],
                Sources = sources[row],
                Images = images[row],
                Rounds = turns,
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
        using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
        int rows = RowsIn(group);
        string[] ids = await ReadTextAsync(reader, "id", ct);
        RowImage[][] images = await ReadImagesAsync(reader, rows, ct);
        int[][] inputIds = await ReadListsAsync(reader, rows, "input_ids.list.element", (int value) => value, ct);
        int[][] labels = await ReadListsAsync(reader, rows, "labels.list.element", (int value) => value, ct);
        int[] sequenceTokens = await ReadAsync<int>(reader, "sequence_tokens", ct);
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
            using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
            tokens.AddRange(await ReadAsync<int>(reader, "sequence_tokens", ct));
        }

        return tokens;
    }

    /// <summary>Reads all rows in order; one row group is in memory at a time.</summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async IAsyncEnumerable<SampleRow> ReadRowsAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        for (int group = 0; group < RowGroupCount; group++)
            foreach (SampleRow row in await ReadRowGroupAsync(group, ct))
                yield return row;
    }

    /// <summary>Reads one row, at the cost of its row group.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="ct">Stops it.</param>
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
            using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
            ids.AddRange(await ReadTextAsync(reader, "id", ct));
        }

        return ids;
    }

    /// <summary>
    /// Reads every row's summary, in order, without touching images, text or ids.
    /// </summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async IAsyncEnumerable<RowSummary> ReadSummariesAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        for (int group = 0; group < RowGroupCount; group++)
        {
            using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
            int rows = RowsIn(group);
            string[] ids = await ReadTextAsync(reader, "id", ct);
            string[] datasets = await ReadTextAsync(reader, "dataset", ct);
            string[][] sources = await ReadTextListsAsync(reader, rows, "sources.list.element", ct);
            string[][] turnSources = await ReadTextListsAsync(reader, rows, "turns.list.element.source", ct);
            int[][] turnImages = await ReadListsAsync(reader, rows, "turns.list.element.images", (int value) => value, ct);
            int[] textTokens = await ReadAsync<int>(reader, "text_tokens", ct);
            int[] sequenceTokens = await ReadAsync<int>(reader, "sequence_tokens", ct);
            int[] imageCounts = await ReadAsync<int>(reader, "image_count", ct);
            for (int row = 0; row < rows; row++)
                yield return new RowSummary(
                    ids[row], datasets[row], sources[row], turnSources[row], turnImages[row], textTokens[row], sequenceTokens[row], imageCounts[row]);
        }
    }
    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private static T[][] Split<TRaw, T>(TRaw[] values, int[] definitions, int[] repetitions, int rows, int present, Func<TRaw, T> valueOf)
    {
        var lists = new T[rows][];
        int slot = 0, value = 0;
        for (int row = 0; row < rows; row++)
        {
            int end = slot + 1;
            while (end < repetitions.Length && repetitions[end] != 0)
                end++;
            T[] list = definitions[slot] < present ? [] : new T[end - slot];
            for (int index = 0; index < list.Length; index++)
                list[index] = valueOf(values[value++]);
            lists[row] = list;
            slot = end;
        }

        return lists;
    }

    private async Task<RowImage[][]> ReadImagesAsync(ParquetRowGroupReader reader, int rows, CancellationToken ct)
    {
        ReadOnlyMemory<byte>[][] bytes = await ReadListsAsync(reader, rows, "images.list.element.bytes", (ReadOnlyMemory<byte> image) => image, ct);
        string[][] paths = await ReadTextListsAsync(reader, rows, "images.list.element.path", ct);
        var images = new RowImage[rows][];
        for (int row = 0; row < rows; row++)
        {
            images[row] = new RowImage[bytes[row].Length];
            for (int image = 0; image < images[row].Length; image++)
                images[row][image] = new RowImage(bytes[row][image], paths[row][image]);
        }

        return images;
    }

    private async Task<string[]> ReadTextAsync(ParquetRowGroupReader reader, string column, CancellationToken ct) =>
        Array.ConvertAll(await ReadAsync<ReadOnlyMemory<char>>(reader, column, ct), text => text.ToString());

    private Task<string[][]> ReadTextListsAsync(ParquetRowGroupReader reader, int rows, string column, CancellationToken ct) =>
        ReadListsAsync(reader, rows, column, (ReadOnlyMemory<char> text) => text.ToString(), ct);

    private async Task<T[]> ReadAsync<T>(ParquetRowGroupReader reader, string column, CancellationToken ct) where T : struct
    {
        (T[] values, int[] definitions, _) = await ReadColumnAsync<T>(reader, column, ct);
        DataField field = _fields[column];
        if (Array.Exists(definitions, level => level != field.MaxDefinitionLevel))
            throw new WorkException($"{_name}: column '{column}' holds a null, which no shard does. Make the shards again with 'blend'.");
        return values;
    }

    private async Task<T[][]> ReadListsAsync<TRaw, T>(
        ParquetRowGroupReader reader, int rows, string column, Func<TRaw, T> valueOf, CancellationToken ct)
        where TRaw : struct
    {
        (TRaw[] values, int[] definitions, int[] repetitions) = await ReadColumnAsync<TRaw>(reader, column, ct);
        int present = _fields[column].MaxDefinitionLevel;
        if (Array.Exists(definitions, level => level != present && level != ShardSchema.EmptyListLevel))
            throw new WorkException($"{_name}: column '{column}' holds a null, which no shard does. Make the shards again with 'blend'.");
        return Split(values, definitions, repetitions, rows, present, valueOf);
    }

    private async Task<(T[] Values, int[] Definitions, int[] Repetitions)> ReadColumnAsync<T>(
        ParquetRowGroupReader reader, string column, CancellationToken ct)
        where T : struct
    {
        if (!_fields.TryGetValue(column, out DataField? field) || reader.GetMetadata(field)?.MetaData is not { } metadata)
            throw new WorkException($"{_name}: no column '{column}': this is not a shard that 'blend' made.");

        try
        {
            int slots = checked((int)metadata.NumValues);
            var values = new T[slots];
            int[] definitions = new int[slots];
            int[]? repetitions = field.MaxRepetitionLevel > 0 ? new int[slots] : null;
            await reader.ReadRawAsync<T>(field, values, definitions, repetitions is null ? default(Memory<int>?) : repetitions, ct);
            return (values, definitions, repetitions ?? []);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new WorkException(
                $"{_name}: column '{column}' cannot be read ({exception.Message}). Delete the file and run 'blend' again.", exception);
        }
    }
}
