using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// SHA-256 of everything that decides the shards: the recipe's fingerprint, the records of every
/// dataset, and every shard's samples in order with their parts.
/// </summary>
internal static class PlanFingerprint
{
    /// <summary>The hash in lower-case hexadecimal.</summary>
    public static string Of(
        string recipeFingerprint,
        SourceCatalog catalog,
        SampleTable samples,
        IReadOnlyList<PlannedShard> shards)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(recipeFingerprint));
        foreach (DatasetIndex dataset in catalog.Datasets)
            AppendDataset(hash, dataset);
        foreach (PlannedShard shard in shards)
            AppendShard(hash, shard, samples);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendDataset(IncrementalHash hash, DatasetIndex dataset)
    {
        Span<byte> recordsRead = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(recordsRead, dataset.RecordsRead);
        hash.AppendData(Encoding.UTF8.GetBytes(dataset.Name));
        hash.AppendData(MemoryMarshal.AsBytes(dataset.RecordOrdinals.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(dataset.Rounds.AsSpan()));
        hash.AppendData(recordsRead);
    }

    private static void AppendShard(IncrementalHash hash, PlannedShard shard, SampleTable samples)
    {
        Span<byte> id = stackalloc byte[8];
        hash.AppendData(Encoding.UTF8.GetBytes(shard.Name));
        foreach (int sample in shard.Samples.Span)
        {
            BinaryPrimitives.WriteInt32LittleEndian(id, samples.EntryOf(sample));
            BinaryPrimitives.WriteInt32LittleEndian(id[4..], samples.OrdinalOf(sample));
            hash.AppendData(id);
            hash.AppendData(MemoryMarshal.AsBytes(samples.PartsOf(sample)));
        }
    }
}
