using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// JSON documents that check themselves. The last key, <c>document_sha256</c>, is the SHA-256 of
/// all the file's other bytes: a flipped bit anywhere is noticed, as is an edit by hand. A document
/// of an earlier version has no such key and is taken for what it says, but strictly: a key that is
/// unknown, missing, null or given twice is an error.
/// </summary>
internal static class SealedJson
{
    private const int DigestLength = 64;

    private static readonly JsonSerializerOptions Strict = JsonText.Strict(JsonText.Indented);

    /// <summary>A document's text, with its checksum.</summary>
    public static string Write<T>(T document)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(document, JsonText.Indented);
        byte[] before = [.. text.AsSpan(..^End.Length), .. BeforeDigest];
        string digest = Sha256.Of([.. before, .. AfterDigest]);
        return Encoding.UTF8.GetString(before) + digest + Encoding.UTF8.GetString(AfterDigest);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">
    /// It is not what was written, or no document of this sort.
    /// </exception>
    public static T Read<T>(ReadOnlySpan<byte> file) where T : class =>
        JsonSerializer.Deserialize<T>(Unsealed(file), Strict) ?? throw new JsonException("it is null.");

    private static ReadOnlySpan<byte> BeforeDigest => ",\n  \"document_sha256\": \""u8;

    private static ReadOnlySpan<byte> AfterDigest => "\"\n}\n"u8;

    private static ReadOnlySpan<byte> End => "\n}"u8;

    /// <summary>
    /// The document without its checksum. One whose checksum is not exactly where it was written is
    /// left as it is: the strict reader then refuses its key.
    /// </summary>
    private static ReadOnlySpan<byte> Unsealed(ReadOnlySpan<byte> file)
    {
        int digestAt = file.Length - AfterDigest.Length - DigestLength;
        if (digestAt < 0 || !file[..digestAt].EndsWith(BeforeDigest) || !file.EndsWith(AfterDigest))
            return file;
        string digest = Encoding.UTF8.GetString(file.Slice(digestAt, DigestLength));
        if (digest != Sha256.Of([.. file[..digestAt], .. AfterDigest]))
            throw new JsonException("its checksum does not fit: a bit has flipped, or it was edited by hand.");
        return (byte[])[.. file[..(digestAt - BeforeDigest.Length)], .. End];
    }
}
