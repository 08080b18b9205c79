using System.Buffers.Binary;
using System.Text;

namespace VisualChat.Tests;

/// <summary>
/// A shared library for x86-64 that has a name (<c>DT_SONAME</c>) and no symbol: what the loader
/// takes for a libtorch when it finds one by that name.
/// </summary>
internal static class EmptyLibrary
{
    private const int HeaderBytes = 64, SegmentBytes = 56, EntryBytes = 16, SymbolBytes = 24;
    private const int Segments = 2, Entries = 6;
    private const int DynamicOffset = HeaderBytes + (Segments * SegmentBytes);
    private const int SymbolsOffset = DynamicOffset + (Entries * EntryBytes);
    private const int StringsOffset = SymbolsOffset + SymbolBytes;

    /// <summary>
    /// Writes a folder of libraries with the names of libtorch's and TorchSharp's own.
    /// </summary>
    public static void WriteTorch(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] names = ["libc10.so", "libtorch_cpu.so", "libtorch.so", "libLibTorchSharp.so"];
        foreach (string name in names)
            File.WriteAllBytes(Path.Combine(folder, name), Make(name));
    }

    // ELF gABI, chapters 4 and 5: one segment that is the whole file, and one that says where in it
    // the dynamic section is.
    private static byte[] Make(string name)
    {
        byte[] strings = [0, .. Encoding.ASCII.GetBytes(name), 0];
        byte[] file = new byte[StringsOffset + strings.Length];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        Put16(0x10, 3, 62); // a shared object, for x86-64
        Put32(0x14, 1);
        Put64(0x20, HeaderBytes);
        Put16(0x34, HeaderBytes, SegmentBytes, Segments);

        // Readable and writable: the loader writes into the dynamic section.
        PutSegment(HeaderBytes, kind: 1, offset: 0, file.Length, alignment: 4096);
        PutSegment(HeaderBytes + SegmentBytes, kind: 2, DynamicOffset, Entries * EntryBytes, alignment: 8);
        Put64(DynamicOffset, 14, 1, 5, StringsOffset, 6, SymbolsOffset, 10, strings.Length, 11, SymbolBytes, 0, 0);
        strings.CopyTo(file, StringsOffset);
        return file;

        void PutSegment(int place, int kind, long offset, long length, long alignment)
        {
            Put32(place, kind, 6);
            Put64(place + 8, offset, offset, offset, length, length, alignment);
        }

        void Put16(int place, params ReadOnlySpan<short> values)
        {
            foreach (short value in values)
            {
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(place), value);
                place += sizeof(short);
            }
        }

        void Put32(int place, params ReadOnlySpan<int> values)
        {
            foreach (int value in values)
            {
                BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(place), value);
                place += sizeof(int);
            }
        }

        void Put64(int place, params ReadOnlySpan<long> values)
        {
            foreach (long value in values)
            {
                BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(place), value);
                place += sizeof(long);
            }
        }
    }
}
