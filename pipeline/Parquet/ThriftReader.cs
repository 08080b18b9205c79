namespace VisualChat.Pipeline.Parquet;

/// <summary>
/// Reads Thrift's compact protocol as far as Parquet's footers and page headers need it
/// (apache/thrift, thrift-compact-protocol.md). Parquet.Net has such a reader, but it is internal
/// there, and follows a damaged file as deep as the stack goes.
/// </summary>
/// <remarks>
/// The bytes are a budget: every value takes at least one, so that reading is linear in them
/// whatever they say, and a list is never longer than the bytes that are left.
/// </remarks>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    public const int True = 1;

    private const int Stop = 0;
    private const int False = 2;
    private const int Byte = 3;
    private const int I16 = 4;
    private const int I32 = 5;
    private const int I64 = 6;
    private const int Double = 7;
    private const int Binary = 8;
    private const int List = 9;
    private const int Set = 10;
    private const int Struct = 12;

    /// <summary>Parquet nests eight deep.</summary>
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Moves to the next field of a struct.</summary>
    /// <param name="field">
    /// The previous field's number, 0 at the start; set to the next one's.
    /// </param>
    /// <param name="type">The next field's type.</param>
    /// <returns>False at the end of the struct.</returns>
    public bool NextField(ref int field, out int type)
    {
        int header = ReadByte();
        type = header & 0xF;
        if (type == Stop)
            return false;
        field = header >> 4 == 0 ? (int)ReadInteger() : field + (header >> 4);
        return true;
    }

    public long ReadInteger()
    {
        ulong value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A field that must be a whole number.</summary>
    public long ReadInteger(int type)
    {
        Require(type is I16 or I32 or I64);
        return ReadInteger();
    }

    /// <summary>A field that must be a whole number of 32 bits.</summary>
    public int ReadInt32(int type) =>
        ReadInteger(type) is >= int.MinValue and <= int.MaxValue and long value ? (int)value : throw Wrong();

    /// <summary>A field that must be text.</summary>
    public string ReadText(int type)
    {
        Require(type == Binary);
        ulong length = ReadVarint();
        int start = Position;
        Pass(length > int.MaxValue ? long.MaxValue : (long)length);
        return System.Text.Encoding.UTF8.GetString(_bytes[start..Position]);
    }

    /// <summary>A field that must be a list, whose values are read next.</summary>
    /// <returns>The number of values, and their type.</returns>
    public (int Count, int Type) ReadListStart(int type)
    {
        Require(type is List or Set);
        int header = ReadByte();
        ulong count = header >> 4 == 0xF ? ReadVarint() : (ulong)(header >> 4);
        if (count > (ulong)(_bytes.Length - Position))
            throw new FormatException("its metadata has a list that is longer than the metadata");
        return ((int)count, header & 0xF);
    }

    /// <summary>A value that must be a struct, whose fields are read next.</summary>
    public static void RequireStruct(int type) => Require(type == Struct);

    public void Skip(int type, int depth = 0)
    {
        if (depth > MaxDepth)
            throw new FormatException("its metadata is nested too deeply");
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
                SkipList(depth);
                break;
            case Struct:
                int field = 0;
                while (NextField(ref field, out int inner))
                    Skip(inner, depth + 1);
                break;
            default:
                throw new FormatException($"its metadata has a value of type {type}");
        }
    }

    private void SkipList(int depth)
    {
        (int count, int element) = ReadListStart(List);
        for (int item = 0; item < count; item++)
        {
            // In a field a boolean is its type; in a list it takes a byte.
            if (element is True or False)
                Pass(1);
            else
                Skip(element, depth + 1);
        }
    }

    private static void Require(bool isRight)
    {
        if (!isRight)
            throw Wrong();
    }

    private static FormatException Wrong() => new("its metadata has a value of another type than Parquet's");

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

        throw new FormatException("its metadata has a number that does not end");
    }

    private int ReadByte()
    {
        Pass(1);
        return _bytes[Position - 1];
    }

    private void Pass(long count)
    {
        if (count < 0 || count > _bytes.Length - Position)
            throw new FormatException("its metadata ends too early");
        Position += (int)count;
    }
}
