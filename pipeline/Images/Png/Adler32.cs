using System.Runtime.Intrinsics;

namespace VisualChat.Pipeline.Images.Png;

/// <summary>The checksum of zlib streams (RFC 1950): the sum of the bytes and the sum of those sums, modulo 65521.</summary>
internal static class Adler32
{
    private const uint Modulus = 65521;

    // 16 bytes a step: the sums of 512 steps stay within 32 bits.
    private const int BlockBytes = 16 * 512;

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        Vector256<ushort> positions = Vector256.Create((ushort)16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
        ulong sum = 1;
        ulong sumOfSums = 0;
        while (bytes.Length >= 16)
        {
            int blockBytes = Math.Min(BlockBytes, bytes.Length & ~15);
            Vector256<uint> plain = Vector256<uint>.Zero, before = plain, weighted = plain;
            for (int i = 0; i < blockBytes; i += 16)
            {
                Vector128<byte> sixteen = Vector128.Create(bytes.Slice(i, 16));
                Vector256<ushort> words = Vector256.Create(Vector128.WidenLower(sixteen), Vector128.WidenUpper(sixteen));
                before += plain;
                plain += Vector256.WidenLower(words) + Vector256.WidenUpper(words);
                Vector256<ushort> products = words * positions;
                weighted += Vector256.WidenLower(products) + Vector256.WidenUpper(products);
            }

            sumOfSums = (sumOfSums + (sum * (ulong)blockBytes) + (16UL * Sum(before)) + Sum(weighted)) % Modulus;
            sum = (sum + Sum(plain)) % Modulus;
            bytes = bytes[blockBytes..];
        }

        foreach (byte value in bytes)
        {
            sum += value;
            sumOfSums += sum;
        }

        return (uint)((sumOfSums % Modulus) << 16 | (sum % Modulus));
    }

    private static ulong Sum(Vector256<uint> values) => Vector256.Sum(Vector256.WidenLower(values) + Vector256.WidenUpper(values));
}
