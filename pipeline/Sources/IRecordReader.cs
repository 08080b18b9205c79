namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Reads a dataset's indexed records from where they lie. Safe to call from many threads.
/// </summary>
internal interface IRecordReader
{
    /// <summary>
    /// The record's label: its key in a keyed format, else <c>FILE[index]</c>. Unique in the
    /// dataset.
    /// </summary>
    string LabelOf(int record);

    /// <summary>
    /// Reads and parses one record. Choices its format leaves open (a caption prompt, a naming
    /// scheme) come from (seed, dataset, ordinal).
    /// </summary>
    /// <param name="record">Row in the <see cref="DatasetIndex"/>.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <exception cref="RecordRejectedException">
    /// The record is no longer what was indexed.
    /// </exception>
    IReadOnlyList<RecordRound> Read(int record, long seed);
}
