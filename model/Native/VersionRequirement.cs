using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>
/// The symbol versions that a shared library demands of others: the entries of its <c>.gnu.version_r</c> section (ELF gABI; Linux Standard
/// Base, "Symbol Version Requirements"). A demand marked weak (<c>VER_FLG_WEAK</c>) does not keep the library from loading.
/// </summary>
/// <remarks>
/// Only for a version no symbol of which is really used. GLIBCXX_3.4.32 is such a one in TorchSharp 0.107.0: its single symbol,
/// <c>std::ios_base_library_init</c>, makes the linker choose a library and is referred to by no relocation.
/// </remarks>
internal static class VersionRequirement
{
    private const ushort Weak = 0x2;
    private const uint VersionNeedSection = 0x6ffffffe;
    private const int SectionHeaderBytes = 64;

    /// <summary>A copy of a library in a folder, with one demand weak. Written once, whole or not at all; equal libraries share it.</summary>
    /// <exception cref="ModelException">The library is no 64-bit little-endian ELF file that demands the version.</exception>
    public static string WeakenedCopy(string library, string version, string folder)
    {
        byte[] image = File.ReadAllBytes(library);
        if (!TryWeaken(image, version))
            throw new ModelException($"'{library}' cannot be loaded, and it is not for want of {version}. Is the system's C++ library (libstdc++6) installed?");
        string copy = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(library)}-{Convert.ToHexStringLower(SHA256.HashData(image)[..8])}.so");
        if (File.Exists(copy))
            return copy;
        _ = Directory.CreateDirectory(folder);
        string unfinished = $"{copy}.{Environment.ProcessId}-{Guid.NewGuid():N}";
        File.WriteAllBytes(unfinished, image);
        File.Move(unfinished, copy, overwrite: true);
        return copy;
    }

    /// <summary>Marks a demand weak, in place; false if the file does not have it.</summary>
    internal static bool TryWeaken(Span<byte> elf, string version)
    {
        if (elf.Length < SectionHeaderBytes || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            return false;
        long table = BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]);
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3c..]);
        for (int index = 0; index < sections; index++)
        {
            ReadOnlySpan<byte> section = elf.Slice(checked((int)table) + (index * SectionHeaderBytes), SectionHeaderBytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != VersionNeedSection)
                continue;
            int needs = checked((int)BinaryPrimitives.ReadInt64LittleEndian(section[0x18..]));
            int stringsIndex = BinaryPrimitives.ReadInt32LittleEndian(section[0x28..]);
            ReadOnlySpan<byte> stringsSection = elf.Slice(checked((int)table) + (stringsIndex * SectionHeaderBytes), SectionHeaderBytes);
            int strings = checked((int)BinaryPrimitives.ReadInt64LittleEndian(stringsSection[0x18..]));
            return TryWeaken(elf, needs, strings, version);
        }

        return false;
    }

    // Two chains: a need per library, and its versions; each entry holds the distance to the next, 0 at the end.
    private static bool TryWeaken(Span<byte> elf, int needs, int strings, string version)
    {
        byte[] wanted = [.. Encoding.ASCII.GetBytes(version), 0];
        for (int need = needs; ;)
        {
            int demand = need + BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 8)..]);
            for (; ; )
            {
                int name = strings + BinaryPrimitives.ReadInt32LittleEndian(elf[(demand + 8)..]);
                if (elf[name..].StartsWith(wanted))
                {
                    Span<byte> flags = elf.Slice(demand + 4, sizeof(ushort));
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | Weak));
                    return true;
                }

                int next = BinaryPrimitives.ReadInt32LittleEndian(elf[(demand + 12)..]);
                if (next == 0)
                    break;
                demand += next;
            }

            int nextNeed = BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 12)..]);
            if (nextNeed == 0)
                return false;
            need += nextNeed;
        }
    }
}
