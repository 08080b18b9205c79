using Parquet;
using Parquet.Schema;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Shards;

/// <summary>Writes the columns of one row group, in the schema's order.</summary>
internal sealed class RowGroupColumnWriter(
    ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken ct)
{
    /// <summary>Writes a column with one value in each row.</summary>
    public Task WriteAsync<T>(DataField field, Func<SampleRow, T> valueOf) where T : struct
    {
        var values = new T[rows.Count];
        for (int index = 0; index < values.Length; index++)
            values[index] = valueOf(rows[index]);
        int[] definitions = new int[rows.Count];
        Array.Fill(definitions, field.MaxDefinitionLevel);
        return group.WriteAllPartsAsync<T>(field, values, definitions, null, ct);
    }

    /// <summary>
    /// Writes a column with a list of numbers in each row. A row has hundreds of ids: they are
    /// copied in bulk, not one by one.
    /// </summary>
    public Task WriteNumbersAsync(DataField field, Func<SampleRow, int[]> numbersOf)
    {
        int[] values = new int[rows.Sum(row => numbersOf(row).Length)];
        int[] definitions = new int[rows.Sum(row => SlotsOf(numbersOf(row).Length))];
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

    /// <summary>Writes a column with a value for each item of a list in each row.</summary>
    public Task WriteListAsync<TItem, T>(
        DataField field, Func<SampleRow, IReadOnlyList<TItem>> itemsOf, Func<TItem, T> valueOf)
        where T : struct
    {
        var values = new T[rows.Sum(row => itemsOf(row).Count)];
        int[] definitions = new int[rows.Sum(row => SlotsOf(itemsOf(row).Count))];
        int[] repetitions = new int[definitions.Length];
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

    // An empty list takes the place of one value.
    private static int SlotsOf(int items) => Math.Max(items, 1);
}
