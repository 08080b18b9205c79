using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// An image that stands in its record instead of a name: a data URI, or the base64 of an image as
/// it is. An index keeps a key of some 80 bytes in its place, of what it is and not of where it
/// stands, so equal images of a file are one, and no megabytes of base64 are held in memory.
/// </summary>
/// <remarks>
/// Plain base64 is taken for an image where it cannot be a name: at least
/// <see cref="ShortestBase64"/> letters of base64 and nothing else (a name has a dot before its
/// extension, and no letter of base64 is a dot), the first of them those of a JPEG, PNG, GIF, WebP,
/// BMP, TIFF or PPM. A reference costs a look at its length and its first letter; an image, a
/// SHA-256 of its text, some 2 GB/s on one core.
/// </remarks>
internal static class InlineImage
{
    /// <summary>Room for any key that is made here.</summary>
    public const int LongestKey = 128;

    private const int ShortestBase64 = 48;
    private const int LongestName = 4096;

    private static readonly SearchValues<byte> Letters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_= \t\r\n"u8);

    private static readonly SearchValues<byte> NoLetters = SearchValues.Create("= \t\r\n"u8);

    private static ReadOnlySpan<byte> HashMark => "data:sha256,"u8;

    private static ReadOnlySpan<byte> FaultMark => "data:!"u8;

    /// <summary>
    /// The key that an index keeps for a reference: the reference itself, unless it is an image or
    /// no name can be as long.
    /// </summary>
    /// <param name="reference">What the record has.</param>
    /// <param name="buffer"><see cref="LongestKey"/> bytes.</param>
    public static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> reference, Span<byte> buffer)
    {
        bool isUri = Base64Text.BeginsAsUri(reference);
        if (!isUri && (reference.Length < ShortestBase64 || !IsBase64(reference)))
            return reference.Length <= LongestName ? reference : FaultKey("it is longer than any path", buffer);
        ReadOnlySpan<byte> text = isUri ? TextOf(reference) : reference;
        if (text.IsEmpty)
            return FaultKey("a data URI here must be data:TYPE;base64, and then base64", buffer);
        return HashKey(text, buffer);
    }

    /// <summary>Whether a key was made here, and is no name.</summary>
    public static bool IsKey(ReadOnlySpan<byte> key) => key.StartsWith(HashMark) || key.StartsWith(FaultMark);

    /// <summary>Of a key: what is wrong with the image; null if it can be decoded.</summary>
    public static string? FaultOf(ReadOnlySpan<byte> key) =>
        key.StartsWith(FaultMark) ? Encoding.UTF8.GetString(key[FaultMark.Length..]) : null;

    /// <summary>Of a key: the bytes that the image decodes to.</summary>
    public static long LengthOf(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> length = key[(HashMark.Length + (2 * SHA256.HashSizeInBytes) + 1)..];
        return Utf8Parser.TryParse(length, out long bytes, out _) ? bytes : 0;
    }

    /// <summary>
    /// The base64 of a reference that <see cref="KeyOf"/> gave a key without a fault.
    /// </summary>
    public static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> reference)
    {
        if (!Base64Text.BeginsAsUri(reference))
            return reference;
        int prefix = Base64Text.PrefixOf(reference);
        if (prefix == 0)
            return default;
        ReadOnlySpan<byte> header = reference[..(prefix - 1)].TrimEnd((byte)' ');
        ReadOnlySpan<byte> base64 = ";base64"u8;
        bool isBase64 = header.Length > base64.Length && Ascii.EqualsIgnoreCase(header[^base64.Length..], base64);
        return isBase64 ? reference[prefix..] : default;
    }

    private static bool IsBase64(ReadOnlySpan<byte> text) => BeginsAsImage(text) && !text.ContainsAnyExcept(Letters);

    private static bool BeginsAsImage(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'/' => text.StartsWith("/9j/"u8),
        (byte)'_' => text.StartsWith("_9j_"u8),
        (byte)'i' => text.StartsWith("iVBORw0KGgo"u8),
        (byte)'R' => text.StartsWith("R0lGODdh"u8) || text.StartsWith("R0lGODlh"u8),
        (byte)'U' => text.StartsWith("UklGR"u8) || text.StartsWith("UDYK"u8),
        (byte)'S' => text.StartsWith("SUkqA"u8),
        (byte)'T' => text.StartsWith("TU0AK"u8),

        // BM, the length, four bytes of zero.
        (byte)'Q' => text.StartsWith("Qk"u8) && text.Slice(8, 5).SequenceEqual("AAAAA"u8),
        _ => false,
    };

    private static ReadOnlySpan<byte> HashKey(ReadOnlySpan<byte> text, Span<byte> buffer)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _ = SHA256.HashData(text, hash);
        long letters = text.Length;
        for (ReadOnlySpan<byte> rest = text; rest.IndexOfAny(NoLetters) is >= 0 and int at; rest = rest[(at + 1)..])
            letters--;
        HashMark.CopyTo(buffer);
        int length = HashMark.Length;
        _ = Convert.TryToHexStringLower(hash, buffer[length..], out int written);
        length += written;
        buffer[length++] = (byte)',';
        _ = Utf8Formatter.TryFormat(Base64Text.BytesOf(letters), buffer[length..], out written);
        return buffer[..(length + written)];
    }

    private static ReadOnlySpan<byte> FaultKey(string fault, Span<byte> buffer)
    {
        FaultMark.CopyTo(buffer);
        int length = Encoding.UTF8.GetBytes(fault, buffer[FaultMark.Length..]);
        return buffer[..(FaultMark.Length + length)];
    }
}
