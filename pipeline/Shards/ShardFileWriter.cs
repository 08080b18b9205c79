using System.IO.Compression;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Meta;
using Parquet.Schema;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// Writes one shard: a Parquet file of <see cref="SampleRow"/>s, row group by row group. Equal rows
/// in equal groups give equal bytes. Encoded images do not shrink, so their bytes are stored as
/// they are; the other columns are compressed.
/// </summary>
/// <remarks>
/// Cost: a row group's image bytes are copied twice (page, then output buffer) and written once; at
/// the peak about three times the group's bytes are live beside the rows. Lower bound: one write,
/// without a copy.
/// </remarks>
internal sealed class ShardFileWriter : IAsyncDisposable
{
    private const CompressionMethod TextCompression = CompressionMethod.Zstd;

    private readonly ShardSchema _schema;
    private readonly ParquetOptions _options;
    private readonly ParquetWriter _writer;

    private ShardFileWriter(ShardSchema schema, ParquetOptions options, ParquetWriter writer)
    {
        _schema = schema;
        _options = options;
        _writer = writer;
    }

    /// <summary>Starts a file.</summary>
    /// <param name="output">Where it goes; need not be seekable, and stays open.</param>
    /// <param name="ct">Stops it.</param>
    public static async Task<ShardFileWriter> CreateAsync(Stream output, CancellationToken ct)
    {
        var schema = new ShardSchema();
        var options = new ParquetOptions { CompressionLevel = CompressionLevel.Fastest };
        ParquetWriter writer = await ParquetWriter.CreateAsync(schema.Parquet, output, options, cancellationToken: ct);
        writer.CustomMetadata = new Dictionary<string, string> { [ShardSchema.FeaturesKey] = ShardSchema.Features };
        return new ShardFileWriter(schema, options, writer);
    }

    /// <summary>
    /// Writes rows as one row group. A reader holds a whole group's images at once: some 16 MB of
    /// them is a good size.
    /// </summary>
    /// <param name="rows">The rows; none writes nothing.</param>
    /// <param name="ct">Stops it; the file is then not a Parquet file.</param>
    public async Task WriteRowGroupAsync(IReadOnlyList<SampleRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return;

        using ParquetRowGroupWriter group = _writer.CreateRowGroup();
        _options.CompressionMethod = TextCompression;
        await WriteAsync(_schema.Id, row => row.Id.AsMemory());
        await WriteAsync(_schema.Dataset, row => row.Dataset.AsMemory());
        await WriteListAsync(_schema.Source, row => row.Sources, source => source.AsMemory());
        _options.CompressionMethod = CompressionMethod.None;
        await WriteListAsync(_schema.ImageBytes, row => row.Images, image => image.Bytes);
        _options.CompressionMethod = TextCompression;
        await WriteListAsync(_schema.ImagePath, row => row.Images, image => image.Path.AsMemory());
        await WriteListAsync(_schema.Question, row => row.Rounds, turn => turn.Question.AsMemory());
        await WriteListAsync(_schema.Answer, row => row.Rounds, turn => turn.Answer.AsMemory());
        await WriteListAsync(_schema.RoundImages, row => row.Rounds, turn => turn.Images);
        await WriteListAsync(_schema.RoundSource, row => row.Rounds, turn => turn.Source.AsMemory());
        await WriteListAsync(_schema.RoundRecord, row => row.Rounds, turn => turn.Record.AsMemory());
        await WriteAsync(_schema.Text, row => row.Text.AsMemory());
        await WriteNumbersAsync(_schema.InputId, row => row.InputIds);
        await WriteNumbersAsync(_schema.Label, row => row.Labels);
        await WriteAsync(_schema.TextTokens, row => row.TextTokens);
        await WriteAsync(_schema.SequenceTokens, row => row.SequenceTokens);
        await WriteAsync(_schema.ImageCount, row => row.ImageCount);
        group.CompleteValidate();
        DropTextStatistics(group);

        Task WriteAsync<T>(DataField field, Func<SampleRow, T> valueOf) where T : struct
        {
            var values = new T[rows.Count];
            for (int index = 0; index < values.Length; index++)
                values[index] = valueOf(rows[index]);
            int[] definitions = new int[rows.Count];
            Array.Fill(definitions, field.MaxDefinitionLevel);
            return group.WriteAllPartsAsync<T>(field, values, definitions, null, ct);
        }

        // A row has hundreds of ids: they are copied in bulk, not one by one.
        Task WriteNumbersAsync(DataField field, Func<SampleRow, int[]> numbersOf)
        {
            int[] values = new int[rows.Sum(row => numbersOf(row).Length)];
            int[] definitions = new int[rows.Sum(row => Math.Max(numbersOf(row).Length, 1))];
            int[] repetitions = new int[definitions.Length];
            int slot = 0, value = 0;
            foreach (SampleRow row in rows)
            {
                int[] numbers = numbersOf(row);
                if (numbers.Length == 0)
                {
                    definitions[slot++] = ShardSchema.EmptyListLevel;
                    continue;
                }

                numbers.CopyTo(values, value);
                definitions.AsSpan(slot, numbers.Length).Fill(field.MaxDefinitionLevel);
                repetitions.AsSpan(slot + 1, numbers.Length - 1).Fill(1);
                slot += numbers.Length;
                value += numbers.Length;
            }

            return group.WriteAllPartsAsync<int>(field, values, definitions, repetitions, ct);
        }

        Task WriteListAsync<TItem, T>(DataField field, Func<SampleRow, IReadOnlyList<TItem>> itemsOf, Func<TItem, T> valueOf) where T : struct
        {
            int slots = 0, filled = 0;
            foreach (SampleRow row in rows)
            {
                int count = itemsOf(row).Count;
                filled += count;
                slots += Math.Max(count, 1);
            }

            var values = new T[filled];
            int[] definitions = new int[slots];
            int[] repetitions = new int[slots];
            int slot = 0, value = 0;
            foreach (SampleRow row in rows)
            {
                IReadOnlyList<TItem> items = itemsOf(row);
                if (items.Count == 0)
                    definitions[slot++] = ShardSchema.EmptyListLevel;
                for (int index = 0; index < items.Count; index++)
                {
                    values[value++] = valueOf(items[index]);
                    definitions[slot] = field.MaxDefinitionLevel;
                    repetitions[slot++] = index == 0 ? 0 : 1;
                }
            }

            return group.WriteAllPartsAsync<T>(field, values, definitions, repetitions, ct);
        }
    }

    // The library orders text by its UTF-16 units, Parquet by its bytes: from U+E000 on the two
    // differ, and a reader that skips row groups by their least and greatest text would miss rows.
    // Without statistics nothing is missed, and long texts stay out of the footer.
    private static void DropTextStatistics(ParquetRowGroupWriter group)
    {
        foreach (ColumnChunk column in RowGroupOf(group).Columns)
            if (column.MetaData is { Type: global::Parquet.Meta.Type.BYTE_ARRAY } metadata)
                metadata.Statistics = null;
    }

    // The only way to a row group's description before the footer is written.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_owGroup")]
    private static extern ref RowGroup RowGroupOf(ParquetRowGroupWriter group);

    /// <summary>Writes the footer, without which the file is not a Parquet file.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
