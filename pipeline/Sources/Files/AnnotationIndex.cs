using System.Text.Json;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Files;

/// <summary>
/// What one annotation file holds, independent of images, seed and settings, and therefore cached: columns over the records that
/// parse, some 50 bytes each, and the distinct image keys. Building follows brackets once and parses once: 0.5 GB/s of LLaVA's JSON
/// on one core, some 600,000 records a second. The floor is one parse, as text must be unescaped to be checked.
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

    /// <summary>[records] Number in <see cref="Ids"/>, -1 for none.</summary>
    public required int[] IdOf { get; init; }

    /// <summary>[records + 1] Where each record's images begin in <see cref="ImageKeys"/>.</summary>
    public required int[] ImageStarts { get; init; }

    /// <summary>Numbers in <see cref="Keys"/>, in the order shown.</summary>
    public required int[] ImageKeys { get; init; }

    /// <summary>[records + 1] Where each record's related records begin in <see cref="Related"/>.</summary>
    public required int[] RelatedStarts { get; init; }

    /// <summary>Numbers in <see cref="Ids"/>.</summary>
    public required int[] Related { get; init; }

    /// <summary>Distinct image keys.</summary>
    public required Utf8Table Keys { get; init; }

    /// <summary>Distinct ids of records and of those they relate to.</summary>
    public required Utf8Table Ids { get; init; }

    /// <summary>Records that do not parse, in file order.</summary>
    public required FileReject[] Rejects { get; init; }

    /// <summary>Reads and parses the file once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format.</param>
    /// <param name="progress">Told of bytes passed, now and then.</param>
    /// <param name="cancellationToken">Stops between records.</param>
    /// <exception cref="WorkException">The file's JSON is broken.</exception>
    public static AnnotationIndex Build(string path, RecordFormat format, Action<long> progress, CancellationToken cancellationToken)
    {
        var (ordinals, offsets, lengths) = (new List<int>(), new List<long>(), new List<int>());
        var (rounds, firstRoundImages, idOf) = (new List<ushort>(), new List<ushort>(), new List<int>());
        var (imageStarts, imageKeys, relatedStarts, related) = (new List<int> { 0 }, new List<int>(), new List<int> { 0 }, new List<int>());
        var (keys, ids, rejects) = (new Utf8Table(), new Utf8Table(), new List<FileReject>());
        var draft = new RecordDraft();
        byte[] keyBytes = [];
        int ordinal = 0;
        using var scanner = new RecordScanner(path, format.Layout);
        for (; scanner.Next(); ordinal++)
        {
            if ((ordinal & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress(scanner.ValueOffset);
            }

            try
            {
                Parse(scanner, format, draft, ref keyBytes);
            }
            catch (RecordRejectedException reject)
            {
                string? id = draft.Id.Exists ? draft.TextOf(draft.Id) : null;
                rejects.Add(new FileReject(ordinal, id, reject.Reason, reject.Detail));
                continue;
            }
            catch (JsonException exception) when (format.Layout.Container == RecordContainer.Lines)
            {
                string detail = $"not valid JSON at byte {FileErrors.OffsetIn(scanner.Value, exception)} of the line: {FileErrors.Sentence(exception)}";
                rejects.Add(new FileReject(ordinal, null, RejectReason.InvalidJson, detail));
                continue;
            }
            catch (JsonException exception)
            {
                throw scanner.Broken(scanner.Value, scanner.ValueOffset, exception);
            }

            ordinals.Add(ordinal);
            offsets.Add(scanner.ValueOffset);
            lengths.Add(scanner.Value.Length);
            rounds.Add((ushort)format.RoundsOf(draft));
            firstRoundImages.Add((ushort)draft.Rounds[0].Images);
            idOf.Add(draft.Id.Exists ? ids.Add(draft[draft.Id]) : -1);
            foreach (TextSlice key in draft.Images)
                imageKeys.Add(keys.Add(draft[key]));
            imageStarts.Add(imageKeys.Count);
            foreach (TextSlice id in draft.Related)
                related.Add(ids.Add(draft[id]));
            relatedStarts.Add(related.Count);
        }

        progress(scanner.FileLength);
        return new AnnotationIndex
        {
            RecordsRead = ordinal,
            Ordinals = [.. ordinals],
            Offsets = [.. offsets],
            Lengths = [.. lengths],
            Rounds = [.. rounds],
            FirstRoundImages = [.. firstRoundImages],
            IdOf = [.. idOf],
            ImageStarts = [.. imageStarts],
            ImageKeys = [.. imageKeys],
            RelatedStarts = [.. relatedStarts],
            Related = [.. related],
            Keys = keys,
            Ids = ids,
            Rejects = [.. rejects],
        };
    }

    public static AnnotationIndex Read(ColumnReader reader) => new()
    {
        RecordsRead = (int)reader.ReadNumber(),
        Ordinals = reader.Read<int>(),
        Offsets = reader.Read<long>(),
        Lengths = reader.Read<int>(),
        Rounds = reader.Read<ushort>(),
        FirstRoundImages = reader.Read<ushort>(),
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

    // A key that is no text still leaves a record whose JSON must be sound.
    private static void Parse(RecordScanner scanner, RecordFormat format, RecordDraft draft, ref byte[] keyBytes)
    {
        if (format.Layout.Container != RecordContainer.Map)
        {
            format.Parse(scanner.Value, draft);
            return;
        }

        if (keyBytes.Length < scanner.Key.Length)
            keyBytes = new byte[scanner.Key.Length * 2];
        int length = Unquote(scanner, keyBytes);
        format.Parse(scanner.Value, draft, keyBytes.AsSpan(0, Math.Max(0, length)));
        if (length < 0)
        {
            draft.Id = TextSlice.None;
            throw new RecordRejectedException(RejectReason.InvalidText, "the record's key is not UTF-8, or has half of a surrogate pair");
        }
    }

    private static int Unquote(RecordScanner scanner, Span<byte> text)
    {
        var json = new Utf8JsonReader(scanner.Key);
        try
        {
            _ = json.Read();
            return json.CopyString(text);
        }
        catch (InvalidOperationException)
        {
            return -1;
        }
        catch (JsonException exception)
        {
            throw scanner.Broken(scanner.Key, scanner.KeyOffset, exception);
        }
    }
}
