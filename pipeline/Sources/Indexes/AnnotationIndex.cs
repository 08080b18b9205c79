using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// What one annotation file holds, whatever the images, the seed and the settings, so that it can
/// be cached: columns over the records that parse, some 50 bytes each, and the distinct image keys.
/// Building follows brackets once and parses once: 0.5 GB/s of LLaVA's JSON on one core, some
/// 600,000 records a second. Lower bound: one parse, as text must be unescaped to be checked.
/// </summary>
internal sealed class AnnotationIndex : IFileIndex<AnnotationIndex>
{
    /// <summary>Records in the file.</summary>
    public required int RecordsRead { get; init; }

    /// <summary>[records] Number in the file.</summary>
    public required int[] Ordinals { get; init; }

    /// <summary>[records] First byte in the file.</summary>
    public required long[] Offsets { get; init; }

    /// <summary>[records] Bytes in the file.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>[records] Rounds.</summary>
    public required ushort[] Rounds { get; init; }

    /// <summary>[records] Images that the first round shows.</summary>
    public required ushort[] FirstRoundImages { get; init; }

    /// <summary>[records] What was changed so that the record can be used.</summary>
    public required Mend[] Mends { get; init; }

    /// <summary>[records] Number in <see cref="Ids"/>, -1 for none.</summary>
    public required int[] IdOf { get; init; }

    /// <summary>
    /// [records + 1] Where each record's images begin in <see cref="ImageKeys"/>.
    /// </summary>
    public required int[] ImageStarts { get; init; }

    /// <summary>Numbers in <see cref="Keys"/>, in the order shown.</summary>
    public required int[] ImageKeys { get; init; }

    /// <summary>
    /// [records + 1] Where each record's related records begin in <see cref="Related"/>.
    /// </summary>
    public required int[] RelatedStarts { get; init; }

    /// <summary>Numbers in <see cref="Ids"/>.</summary>
    public required int[] Related { get; init; }

    /// <summary>Distinct image keys.</summary>
    public required Utf8Table Keys { get; init; }

    /// <summary>Distinct ids of records and of those they relate to.</summary>
    public required Utf8Table Ids { get; init; }

    /// <summary>Records that do not parse, in file order.</summary>
    public required FileReject[] Rejects { get; init; }

    /// <summary>Reads and parses a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format.</param>
    /// <param name="progress">Told how many bytes are done, every 4096 records.</param>
    /// <param name="cancellationToken">Stops between records.</param>
    /// <exception cref="WorkException">The file's JSON is broken.</exception>
    public static AnnotationIndex Build(
        string path, RecordFormat format, Action<long> progress, CancellationToken cancellationToken) =>
        new AnnotationIndexBuilder(path, format).Build(progress, cancellationToken);

    public static AnnotationIndex Read(ColumnReader reader) => new()
    {
        RecordsRead = (int)reader.ReadNumber(),
        Ordinals = reader.Read<int>(),
        Offsets = reader.Read<long>(),
        Lengths = reader.Read<int>(),
        Rounds = reader.Read<ushort>(),
        FirstRoundImages = reader.Read<ushort>(),
        Mends = reader.Read<Mend>(),
        IdOf = reader.Read<int>(),
        ImageStarts = reader.Read<int>(),
        ImageKeys = reader.Read<int>(),
        RelatedStarts = reader.Read<int>(),
        Related = reader.Read<int>(),
        Keys = reader.ReadTable(),
        Ids = reader.ReadTable(),
        Rejects = ReadRejects(reader),
    };

    public void Write(ColumnWriter writer)
    {
        writer.Write(RecordsRead);
        writer.Write<int>(Ordinals);
        writer.Write<long>(Offsets);
        writer.Write<int>(Lengths);
        writer.Write<ushort>(Rounds);
        writer.Write<ushort>(FirstRoundImages);
        writer.Write<Mend>(Mends);
        writer.Write<int>(IdOf);
        writer.Write<int>(ImageStarts);
        writer.Write<int>(ImageKeys);
        writer.Write<int>(RelatedStarts);
        writer.Write<int>(Related);
        writer.Write(Keys);
        writer.Write(Ids);
        writer.Write(Rejects.Length);
        foreach (FileReject reject in Rejects)
        {
            writer.Write(reject.Ordinal);
            writer.Write(reject.Id is null ? 0 : 1);
            writer.Write(reject.Id ?? "");
            writer.Write((long)reject.Reason);
            writer.Write(reject.Detail);
        }
    }

    private static FileReject[] ReadRejects(ColumnReader reader)
    {
        var rejects = new FileReject[reader.ReadNumber()];
        for (int reject = 0; reject < rejects.Length; reject++)
        {
            int ordinal = (int)reader.ReadNumber();
            bool hasId = reader.ReadNumber() == 1;
            string id = reader.ReadText();
            var reason = (RejectReason)reader.ReadNumber();
            rejects[reject] = new FileReject(ordinal, hasId ? id : null, reason, reader.ReadText());
        }

        return rejects;
    }
}
