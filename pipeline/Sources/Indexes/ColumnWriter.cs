using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// Writes columns as they lie in memory, each behind its length, and the SHA-256 of everything at
/// the end.
/// </summary>
internal sealed class ColumnWriter(Stream stream) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Writes a column.</summary>
    public void Write<T>(ReadOnlySpan<T> column) where T : unmanaged
    {
        long length = column.Length;
        WriteBytes(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in length)));
        WriteBytes(MemoryMarshal.AsBytes(column));
    }

    /// <summary>Writes a number.</summary>
    public void Write(long number) => WriteBytes(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in number)));

    /// <summary>Writes a text.</summary>
    public void Write(string text) => Write<byte>(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a table of texts.</summary>
    public void Write(Utf8Table table)
    {
        Write(table.Bytes);
        Write(table.Ends);
    }

    /// <summary>Ends the file with the checksum.</summary>
    public void Finish() => stream.Write(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        stream.Write(bytes);
    }
}
