using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Parquet;
using Parquet.Schema;
using SkiaSharp;

namespace VisualChat.Integration.Tests.Golden;

/// <summary>What shards hold, column by column, whatever library encoded their images.</summary>
internal static class ShardColumns
{
    private const string ImageBytes = "images.list.element.bytes";

    /// <summary>SHA-256 of every column of every row group: its levels and its values.</summary>
    /// <param name="output">The folder that <c>blend</c> wrote.</param>
    /// <param name="arePixelsKept">
    /// Whether images count by their pixels; else only how many there are counts.
    /// </param>
    public static async Task<IReadOnlyList<string>> HashesOfAsync(string output, bool arePixelsKept)
    {
        var hashes = new List<string>();
        foreach (string path in Directory.GetFiles(Path.Combine(output, "data")).Order(StringComparer.Ordinal))
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(path);
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
                foreach (DataField field in reader.Schema.DataFields)
                {
                    string column = string.Join('.', field.Path.ToList());
                    string hash = await HashOfAsync(rows, field, column == ImageBytes, arePixelsKept);
                    hashes.Add($"{hash} {Path.GetFileName(path)} {group} {column}");
                }
            }
        }

        return hashes;
    }

    private static async Task<string> HashOfAsync(
        ParquetRowGroupReader rows, DataField field, bool isImage, bool arePixelsKept)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (field.ClrType == typeof(int))
        {
            foreach (int value in await ReadAsync<int>(rows, field, hash))
                hash.AppendData(BitConverter.GetBytes(value));
        }
        else if (isImage)
        {
            foreach (ReadOnlyMemory<byte> image in await ReadAsync<ReadOnlyMemory<byte>>(rows, field, hash))
            {
                if (!image.IsEmpty && arePixelsKept)
                    hash.AppendData(PixelsOf(image.Span));
            }
        }
        else
        {
            foreach (ReadOnlyMemory<char> text in await ReadAsync<ReadOnlyMemory<char>>(rows, field, hash))
                hash.AppendData(Encoding.UTF8.GetBytes($"{text}\0"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<T[]> ReadAsync<T>(ParquetRowGroupReader rows, DataField field, IncrementalHash hash)
        where T : struct
    {
        int slots = checked((int)rows.GetMetadata(field)!.MetaData!.NumValues);
        var values = new T[slots];
        int[] definitions = new int[slots];
        int[] repetitions = new int[field.MaxRepetitionLevel > 0 ? slots : 0];
        Memory<int>? levels = repetitions.Length > 0 ? repetitions : default(Memory<int>?);
        await rows.ReadRawAsync<T>(field, values, definitions, levels);
        hash.AppendData(MemoryMarshal.AsBytes<int>(definitions));
        hash.AppendData(MemoryMarshal.AsBytes<int>(repetitions));
        return values;
    }

    /// <summary>
    /// Skia decodes what it is given here, whatever library the program encodes with.
    /// </summary>
    private static byte[] PixelsOf(ReadOnlySpan<byte> encoded)
    {
        using SKBitmap bitmap = SKBitmap.Decode(encoded);
        using SKBitmap rgba = bitmap.Copy(SKColorType.Rgba8888);
        return rgba.Bytes;
    }
}
