using System.Runtime.InteropServices;
using System.Text;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// Reads what <see cref="ColumnWriter"/> wrote, once the checksum is known to be right.
/// </summary>
internal sealed class ColumnReader(byte[] bytes)
{
    private int _at;

    /// <summary>Reads a column.</summary>
    public T[] Read<T>() where T : unmanaged
    {
        T[] column = new T[checked((int)ReadNumber())];
        Span<byte> target = MemoryMarshal.AsBytes(column.AsSpan());
        bytes.AsSpan(_at, target.Length).CopyTo(target);
        _at += target.Length;
        return column;
    }

    /// <summary>Reads a number.</summary>
    public long ReadNumber()
    {
        long number = MemoryMarshal.Read<long>(bytes.AsSpan(_at));
        _at += sizeof(long);
        return number;
    }

    /// <summary>Reads a text.</summary>
    public string ReadText() => Encoding.UTF8.GetString(Read<byte>());

    /// <summary>Reads a table of texts.</summary>
    public Utf8Table ReadTable()
    {
        byte[] texts = Read<byte>();
        return new Utf8Table(texts, Read<int>());
    }
}
