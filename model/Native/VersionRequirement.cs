using System.Buffers.Binary;
using System.Text;

namespace VisualChat.Model.Native;

/// <summary>
/// The symbol versions that a shared library requires of others: the entries of its
/// <c>.gnu.version_r</c> section (ELF gABI; Linux Standard Base, "Symbol Version Requirements"). A
/// requirement marked weak (<c>VER_FLG_WEAK</c>) does not keep the library from loading.
/// </summary>
/// <remarks>
/// <para>
/// Use it only for a version none of whose symbols is really used. GLIBCXX_3.4.32 is one in
/// TorchSharp 0.107.0: its single symbol, <c>std::ios_base_library_init</c>, makes the linker
/// choose a library, and no relocation refers to it.
/// </para>
/// <para>
/// Remove this file, its test and <see cref="TorchNatives"/>' call when either holds: <c>readelf -V
/// libLibTorchSharp.so</c> of the TorchSharp in use no longer lists GLIBCXX_3.4.32, or every system
/// the project supports has libstdc++ of GCC 13.2 or newer (Debian 12 and Ubuntu 22.04 do not).
/// </para>
/// </remarks>
internal static class VersionRequirement
{
    private const ushort Weak = 0x2;
    private const uint VersionNeedSection = 0x6ffffffe;
    private const int SectionHeaderBytes = 64;

    /// <summary>Marks a requirement weak, in place; false if the file does not have it.</summary>
    public static bool TryWeaken(Span<byte> elf, string version)
    {
        if (elf.Length < SectionHeaderBytes || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            return false;
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3c..]);
        for (int index = 0; index < sections; index++)
        {
            ReadOnlySpan<byte> section = SectionHeader(elf, index);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != VersionNeedSection)
                continue;
            int needs = FileOffset(section);
            int strings = FileOffset(SectionHeader(elf, BinaryPrimitives.ReadInt32LittleEndian(section[0x28..])));
            return TryWeaken(elf, needs, strings, version);
        }

        return false;
    }

    private static ReadOnlySpan<byte> SectionHeader(ReadOnlySpan<byte> elf, int index)
    {
        int table = checked((int)BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]));
        return elf.Slice(table + (index * SectionHeaderBytes), SectionHeaderBytes);
    }

    private static int FileOffset(ReadOnlySpan<byte> section) =>
        checked((int)BinaryPrimitives.ReadInt64LittleEndian(section[0x18..]));

    // Two chains: one entry for each library, and for each of those one for each version. An entry
    // holds the distance to the next one, 0 in the last.
    private static bool TryWeaken(Span<byte> elf, int needs, int strings, string version)
    {
        byte[] wanted = [.. Encoding.ASCII.GetBytes(version), 0];
        for (int need = needs; ;)
        {
            int requirement = need + BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 8)..]);
            for (; ; )
            {
                int name = strings + BinaryPrimitives.ReadInt32LittleEndian(elf[(requirement + 8)..]);
                if (elf[name..].StartsWith(wanted))
                {
                    Span<byte> flags = elf.Slice(requirement + 4, sizeof(ushort));
                    ushort weakened = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | Weak);
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, weakened);
                    return true;
                }

                int next = BinaryPrimitives.ReadInt32LittleEndian(elf[(requirement + 12)..]);
                if (next == 0)
                    break;
                requirement += next;
            }

            int nextNeed = BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 12)..]);
            if (nextNeed == 0)
                return false;
            need += nextNeed;
        }
    }
}
