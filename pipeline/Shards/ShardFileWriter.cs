using System.IO.Compression;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Meta;
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
    /// <param name="output">It need not be seekable, and stays open.</param>
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
    /// <param name="rows">Without rows, nothing is written.</param>
    /// <param name="ct">Stops it; the file is then not a Parquet file.</param>
    public async Task WriteRowGroupAsync(IReadOnlyList<SampleRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return;

        using ParquetRowGroupWriter group = _writer.CreateRowGroup();
        await WriteColumnsAsync(new RowGroupColumnWriter(group, rows, ct));
        group.CompleteValidate();
        DropTextStatistics(group);
    }

    /// <summary>Writes the footer, without which the file is not a Parquet file.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private async Task WriteColumnsAsync(RowGroupColumnWriter columns)
    {
        _options.CompressionMethod = TextCompression;
        await columns.WriteAsync(_schema.Id, row => row.Id.AsMemory());
        await columns.WriteAsync(_schema.Dataset, row => row.Dataset.AsMemory());
        await columns.WriteListAsync(_schema.Source, row => row.Sources, source => source.AsMemory());
        _options.CompressionMethod = CompressionMethod.None;
        await columns.WriteListAsync(_schema.ImageBytes, row => row.Images, image => image.Bytes);
        _options.CompressionMethod = TextCompression;
        await columns.WriteListAsync(_schema.ImagePath, row => row.Images, image => image.Path.AsMemory());
        await columns.WriteListAsync(_schema.Question, row => row.Rounds, round => round.Question.AsMemory());
        await columns.WriteListAsync(_schema.Answer, row => row.Rounds, round => round.Answer.AsMemory());
        await columns.WriteListAsync(_schema.RoundImages, row => row.Rounds, round => round.Images);
        await columns.WriteListAsync(_schema.RoundSource, row => row.Rounds, round => round.Source.AsMemory());
        await columns.WriteListAsync(_schema.RoundRecord, row => row.Rounds, round => round.Record.AsMemory());
        await columns.WriteAsync(_schema.Text, row => row.Text.AsMemory());
        await columns.WriteNumbersAsync(_schema.InputId, row => row.InputIds);
        await columns.WriteNumbersAsync(_schema.Label, row => row.Labels);
        await columns.WriteAsync(_schema.TextTokens, row => row.TextTokens);
        await columns.WriteAsync(_schema.SequenceTokens, row => row.SequenceTokens);
        await columns.WriteAsync(_schema.ImageCount, row => row.ImageCount);
    }

    // The library orders text by its UTF-16 units, Parquet by its bytes: from U+E000 on the two
    // differ, and a reader that skips row groups by their least and greatest text would miss rows.
    // Without statistics nothing is missed, and long texts stay out of the footer.
    private static void DropTextStatistics(ParquetRowGroupWriter group)
    {
        foreach (ColumnChunk column in RowGroupOf(group).Columns)
        {
            if (column.MetaData is { Type: global::Parquet.Meta.Type.BYTE_ARRAY } metadata)
                metadata.Statistics = null;
        }
    }

    // The only way to a row group's description before the footer is written.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_owGroup")]
    private static extern ref RowGroup RowGroupOf(ParquetRowGroupWriter group);
}
