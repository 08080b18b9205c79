using System.Buffers.Binary;
using System.Security.Cryptography;

namespace VisualChat.Pipeline.Features;

/// <summary>
/// What tells an image from all others: the SHA-256 of its bytes as a shard has them. The same
/// image in many samples has one key.
/// </summary>
/// <param name="High">The first 16 bytes.</param>
/// <param name="Low">The last 16 bytes.</param>
internal readonly record struct ImageKey(UInt128 High, UInt128 Low)
{
    public const int Bytes = SHA256.HashSizeInBytes;

    private const int Half = Bytes / 2;

    /// <summary>Cost: 2 GB/s, 75 µs for a crop of 224 x 224.</summary>
    public static ImageKey Of(ReadOnlySpan<byte> stored)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        _ = SHA256.HashData(stored, hash);
        return Read(hash);
    }

    public static ImageKey Read(ReadOnlySpan<byte> key) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(key), BinaryPrimitives.ReadUInt128BigEndian(key[Half..]));

    public void Write(Span<byte> key)
    {
        BinaryPrimitives.WriteUInt128BigEndian(key, High);
        BinaryPrimitives.WriteUInt128BigEndian(key[Half..], Low);
    }
}
