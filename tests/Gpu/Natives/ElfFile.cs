using System.Buffers.Binary;
using System.Text;

namespace VisualChat.Gpu.Natives;

/// <summary>
/// The dynamic symbols of a shared library (64-bit ELF, little-endian): what it defines, what it
/// asks for, and what of that must be there when it is loaded. Reads only those sections, so a
/// library of 2 GB costs no more than a small one.
/// </summary>
internal sealed class ElfFile
{
    private const int SectionBytes = 64, SymbolBytes = 24, RelocationBytes = 24;
    private const int DynamicSymbols = 11;
    private const int Global = 1;

    // A symbol of this version or less comes from a library without versions, as libtorch is.
    private const int LastUnversioned = 1;

    private readonly FileStream _file;
    private readonly Dictionary<string, long> _defined = [];
    private readonly List<string> _needed = [];
    private readonly HashSet<string> _boundAtLoad = [];

    private ElfFile(FileStream file) => _file = file;

    /// <summary>Each symbol that it defines, with its size in bytes.</summary>
    public IReadOnlyDictionary<string, long> Defined => _defined;

    /// <summary>Symbols that it takes from libraries without versions.</summary>
    public IReadOnlyList<string> Needed => _needed;

    /// <summary>
    /// Those of <see cref="Needed"/> that are looked up when it is loaded: data, such as tables of
    /// virtual functions. Functions are looked up when they are first called.
    /// </summary>
    public IReadOnlySet<string> BoundAtLoad => _boundAtLoad;

    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static ElfFile Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        var elf = new ElfFile(file);
        elf.Read();
        return elf;
    }

    private void Read()
    {
        byte[] header = Bytes(0, 64);
        if (!header.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw new InvalidDataException($"'{_file.Name}' is no 64-bit ELF file.");
        long sectionTable = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(0x28));
        int sectionCount = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3C));
        int namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3E));
        byte[] table = Bytes(sectionTable, sectionCount * SectionBytes);
        byte[] names = Section(table, namesIndex);
        Dictionary<string, int> sections = [];
        for (int index = 0; index < sectionCount; index++)
        {
            int name = BinaryPrimitives.ReadInt32LittleEndian(table.AsSpan(index * SectionBytes));
            sections.TryAdd(Text(names, name), index);
        }

        if (!sections.TryGetValue(".dynsym", out int dynamic)
            || BinaryPrimitives.ReadInt32LittleEndian(table.AsSpan((dynamic * SectionBytes) + 4)) != DynamicSymbols)
        {
            throw new InvalidDataException($"'{_file.Name}' has no dynamic symbols.");
        }

        byte[] symbols = Section(table, dynamic);
        byte[] strings = Section(table, sections[".dynstr"]);
        byte[]? versions = sections.TryGetValue(".gnu.version", out int versioned) ? Section(table, versioned) : null;
        string[] needed = new string[symbols.Length / SymbolBytes];
        for (int index = 0; index < needed.Length; index++)
        {
            ReadOnlySpan<byte> symbol = symbols.AsSpan(index * SymbolBytes, SymbolBytes);
            string name = Text(strings, BinaryPrimitives.ReadInt32LittleEndian(symbol));
            int version = versions is null ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(versions.AsSpan(index * 2));
            bool isDefined = BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) != 0;
            if (isDefined)
                _defined[name] = BinaryPrimitives.ReadInt64LittleEndian(symbol[16..]);
            else if (symbol[4] >> 4 == Global && (version & 0x7FFF) <= LastUnversioned)
                _needed.Add(needed[index] = name);
        }

        if (!sections.TryGetValue(".rela.dyn", out int relocated))
            return;
        byte[] relocations = Section(table, relocated);
        for (int place = 0; place < relocations.Length; place += RelocationBytes)
        {
            long symbol = BinaryPrimitives.ReadInt64LittleEndian(relocations.AsSpan(place + 8)) >> 32;
            if (needed[symbol] is { } name)
                _boundAtLoad.Add(name);
        }
    }

    private static string Text(byte[] strings, int start)
    {
        int end = Array.IndexOf(strings, (byte)0, start);
        return Encoding.UTF8.GetString(strings, start, end - start);
    }

    private byte[] Section(byte[] table, int index)
    {
        ReadOnlySpan<byte> entry = table.AsSpan(index * SectionBytes, SectionBytes);
        long start = BinaryPrimitives.ReadInt64LittleEndian(entry[0x18..]);
        return Bytes(start, (int)BinaryPrimitives.ReadInt64LittleEndian(entry[0x20..]));
    }

    private byte[] Bytes(long start, int count)
    {
        byte[] bytes = new byte[count];
        _file.Position = start;
        _file.ReadExactly(bytes);
        return bytes;
    }
}
