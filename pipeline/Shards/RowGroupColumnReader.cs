using Parquet;
using Parquet.Schema;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Shards;

/// <summary>Reads columns of one row group. A column is named by its path in the schema.</summary>
/// <param name="group">The row group; it is closed with the reader.</param>
/// <param name="fields">The file's columns by path.</param>
/// <param name="file">What messages call the file.</param>
/// <param name="rows">Rows in the group.</param>
internal sealed class RowGroupColumnReader(
    ParquetRowGroupReader group, IReadOnlyDictionary<string, DataField> fields, string file, int rows) : IDisposable
{
    public void Dispose() => group.Dispose();

    /// <summary>Reads a column with one number in each row.</summary>
    /// <exception cref="WorkException">The column is missing or damaged.</exception>
    public Task<int[]> ReadNumbersAsync(string column, CancellationToken ct) => ReadAsync<int>(column, ct);

    /// <summary>Reads a column with one text in each row.</summary>
    /// <exception cref="WorkException">The column is missing or damaged.</exception>
    public async Task<string[]> ReadTextAsync(string column, CancellationToken ct)
    {
        ReadOnlyMemory<char>[] texts = await ReadAsync<ReadOnlyMemory<char>>(column, ct);
        return Array.ConvertAll(texts, text => text.ToString());
    }

    /// <summary>Reads a column with a list of numbers in each row.</summary>
    /// <exception cref="WorkException">The column is missing or damaged.</exception>
    public Task<int[][]> ReadNumberListsAsync(string column, CancellationToken ct) =>
        ReadListsAsync(column, (int value) => value, ct);

    /// <summary>Reads a column with a list of texts in each row.</summary>
    /// <exception cref="WorkException">The column is missing or damaged.</exception>
    public Task<string[][]> ReadTextListsAsync(string column, CancellationToken ct) =>
        ReadListsAsync(column, (ReadOnlyMemory<char> text) => text.ToString(), ct);

    /// <summary>Reads each row's images.</summary>
    /// <exception cref="WorkException">A column is missing or damaged.</exception>
    public async Task<RowImage[][]> ReadImagesAsync(CancellationToken ct)
    {
        ReadOnlyMemory<byte>[][] bytes = await ReadListsAsync(
            "images.list.element.bytes", (ReadOnlyMemory<byte> image) => image, ct);
        string[][] paths = await ReadTextListsAsync("images.list.element.path", ct);
        var images = new RowImage[rows][];
        for (int row = 0; row < rows; row++)
        {
            images[row] = new RowImage[bytes[row].Length];
            for (int image = 0; image < images[row].Length; image++)
                images[row][image] = new RowImage(bytes[row][image], paths[row][image]);
        }

        return images;
    }

    private async Task<T[]> ReadAsync<T>(string column, CancellationToken ct) where T : struct
    {
        (T[] values, int[] definitions, _) = await ReadRawAsync<T>(column, ct);
        int present = fields[column].MaxDefinitionLevel;
        if (Array.Exists(definitions, level => level != present))
            throw HoldsNull(column);
        return values;
    }

    private async Task<T[][]> ReadListsAsync<TRaw, T>(string column, Func<TRaw, T> valueOf, CancellationToken ct)
        where TRaw : struct
    {
        (TRaw[] values, int[] definitions, int[] repetitions) = await ReadRawAsync<TRaw>(column, ct);
        int present = fields[column].MaxDefinitionLevel;
        if (Array.Exists(definitions, level => level != present && level != ShardSchema.EmptyListLevel))
            throw HoldsNull(column);

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

    private async Task<(T[] Values, int[] Definitions, int[] Repetitions)> ReadRawAsync<T>(
        string column, CancellationToken ct)
        where T : struct
    {
        if (!fields.TryGetValue(column, out DataField? field) || group.GetMetadata(field)?.MetaData is not { } metadata)
            throw new WorkException($"{file}: no column '{column}': this is not a shard that 'blend' made.");

        try
        {
            int slots = checked((int)metadata.NumValues);
            var values = new T[slots];
            int[] definitions = new int[slots];
            int[]? repetitions = field.MaxRepetitionLevel > 0 ? new int[slots] : null;
            Memory<int>? repetitionsIfAny = repetitions is null ? default(Memory<int>?) : repetitions;
            await group.ReadRawAsync<T>(field, values, definitions, repetitionsIfAny, ct);
            return (values, definitions, repetitions ?? []);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new WorkException(
                $"{file}: column '{column}' cannot be read ({exception.Message}). "
                + "Delete the file and run 'blend' again.",
                exception);
        }
    }

    private WorkException HoldsNull(string column) => new(
        $"{file}: column '{column}' holds a null, which no shard does. Make the shards again with 'blend'.");
}
