using System.Buffers;
using System.Buffers.Text;
using System.Text;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// Decodes data URIs (RFC 2397) of images in place: the decoded image is the only copy.
/// </summary>
internal static class DataUri
{
    private const string Expected = "it should be 'data:image/png;base64,' and the image in base64.";

    private static ReadOnlySpan<byte> Scheme => "data:"u8;

    public static bool IsDataUri(ReadOnlySpan<byte> uri) => Base64Text.BeginsAsUri(uri);

    /// <param name="uri">The URI, in UTF-8.</param>
    /// <param name="path">The field it stands in.</param>
    /// <param name="mostBytes">Bytes beyond which the image is refused.</param>
    /// <exception cref="ApiException">
    /// It is not an image in base64, is broken, or is too large.
    /// </exception>
    public static byte[] Decode(ReadOnlySpan<byte> uri, string path, int mostBytes)
    {
        int comma = uri.IndexOf((byte)',');
        if (comma < 0)
            throw NotAnImage(path, $"the data URI has no comma; {Expected}");
        ReadOnlySpan<byte> head = uri[Scheme.Length..comma];
        if (!EndsWith(head, ";base64"u8))
            throw NotAnImage(path, $"the data URI is not base64; {Expected}");
        if (!StartsWith(head, "image/"u8))
            throw NotAnImage(path, "the data URI holds no image: its type should begin with 'image/'.");
        return DecodeBase64(uri[(comma + 1)..], path, mostBytes);
    }

    /// <summary>An error for an image of too many bytes.</summary>
    public static ApiException TooLarge(string path, int mostBytes) =>
        ApiException.WrongValue(path, $"the image has more than {mostBytes:N0} bytes.", "image_too_large");

    private static byte[] DecodeBase64(ReadOnlySpan<byte> text, string path, int mostBytes)
    {
        int padding = text.EndsWith("=="u8) ? 2 : text.EndsWith("="u8) ? 1 : 0;
        int most = Math.Max(0, Base64.GetMaxDecodedFromUtf8Length(text.Length) - padding);
        if (most > mostBytes)
            throw TooLarge(path, mostBytes);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(most);
        if (Base64.DecodeFromUtf8(text, bytes, out _, out int written) != OperationStatus.Done)
            throw ApiException.WrongValue(path, "the data URI's base64 is broken.", "invalid_base64");
        if (written < bytes.Length)
            Array.Resize(ref bytes, written);
        return bytes;
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length >= start.Length && Ascii.EqualsIgnoreCase(text[..start.Length], start);

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) =>
        text.Length >= end.Length && Ascii.EqualsIgnoreCase(text[^end.Length..], end);

    private static ApiException NotAnImage(string path, string message) =>
        ApiException.WrongValue(path, message, "invalid_image_url");
}
