namespace VisualChat.Pipeline.Sources.Files;

/// <summary>Reads Thrift's compact protocol as far as a Parquet page header needs it (apache/thrift, thrift-compact-protocol.md).</summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int Stop = 0, True = 1, False = 2, Byte = 3, I16 = 4, I32 = 5, I64 = 6, Double = 7, Binary = 8, List = 9, Set = 10, Struct = 12;
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes passed.</summary>
    public int Position { get; private set; }

    /// <summary>Moves to the next field of a struct.</summary>
    /// <param name="field">The field before, 0 at the start; then this one.</param>
    /// <param name="type">Its type.</param>
    /// <returns>False at the struct's end.</returns>
    public bool NextField(ref int field, out int type)
    {
        int header = ReadByte();
        type = header & 0xF;
        if (type == Stop)
            return false;
        field = header >> 4 == 0 ? (int)ReadInteger() : field + (header >> 4);
        return true;
    }

    /// <summary>Reads the value of an integer field.</summary>
    public long ReadInteger()
    {
        ulong value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Passes the value of a field.</summary>
    public void Skip(int type, int depth = 0)
    {
        if (depth > MaxDepth)
            throw new FormatException("a Parquet page header is nested too deeply");
        switch (type)
        {
            case True or False:
                break;
            case Byte:
                Pass(1);
                break;
            case I16 or I32 or I64:
                _ = ReadVarint();
                break;
            case Double:
                Pass(8);
                break;
            case Binary:
                Pass((long)ReadVarint());
                break;
            case List or Set:
                int header = ReadByte();
                long count = header >> 4 == 0xF ? (long)ReadVarint() : header >> 4;
                int element = header & 0xF;
                for (long item = 0; item < count; item++)
                {
                    // Inside a list a boolean takes a byte.
                    if (element is True or False)
                        Pass(1);
                    else
                        Skip(element, depth + 1);
                }

                break;
            case Struct:
                int field = 0;
                while (NextField(ref field, out int inner))
                    Skip(inner, depth + 1);
                break;
            default:
                throw new FormatException($"a Parquet page header has a field of type {type}");
        }
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int part = ReadByte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw new FormatException("a Parquet page header has a number that does not end");
    }

    private int ReadByte()
    {
        Pass(1);
        return _bytes[Position - 1];
    }

    private void Pass(long count)
    {
        if (count < 0 || count > _bytes.Length - Position)
            throw new FormatException("a Parquet page header ends too early");
        Position += (int)count;
    }
}
