using System.Buffers;
using System.Buffers.Text;
using System.Text;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>Data URIs (RFC 2397) of images, read where they lie: the decoded image is the only copy.</summary>
internal static class DataUri
{
    /// <summary>Whether a URI is one.</summary>
    public static bool IsOne(ReadOnlySpan<byte> uri) => uri.Length >= 5 && Ascii.EqualsIgnoreCase(uri[..5], "data:"u8);

    /// <summary>Decodes one.</summary>
    /// <param name="uri">The URI, in UTF-8.</param>
    /// <param name="path">The field it stands in.</param>
    /// <param name="mostBytes">Bytes beyond which the image is refused.</param>
    /// <exception cref="ApiException">It is no image in base64, is broken, or is too large.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> uri, string path, int mostBytes)
    {
        int comma = uri.IndexOf((byte)',');
        if (comma < 0)
            throw ApiException.WrongValue(path, "the data URI has no comma; it should be 'data:image/png;base64,' and the image in base64.", "invalid_image_url");
        ReadOnlySpan<byte> head = uri[5..comma];
        if (!EndsWith(head, ";base64"u8))
            throw ApiException.WrongValue(path, "the data URI is not base64; it should be 'data:image/png;base64,' and the image in base64.", "invalid_image_url");
        if (head.Length < 6 || !Ascii.EqualsIgnoreCase(head[..6], "image/"u8))
            throw ApiException.WrongValue(path, "the data URI holds no image: its type should begin with 'image/'.", "invalid_image_url");

        ReadOnlySpan<byte> text = uri[(comma + 1)..];
        int most = Base64.GetMaxDecodedFromUtf8Length(text.Length);
        if (most - 2 > mostBytes)
            throw ApiException.WrongValue(path, $"the image has more than {mostBytes:N0} bytes.", "image_too_large");
        byte[] bytes = GC.AllocateUninitializedArray<byte>(most);
        if (Base64.DecodeFromUtf8(text, bytes, out _, out int written) != OperationStatus.Done)
            throw ApiException.WrongValue(path, "the data URI's base64 is broken.", "invalid_base64");
        if (written < bytes.Length)
            Array.Resize(ref bytes, written);
        return bytes;
    }

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) => text.Length >= end.Length && Ascii.EqualsIgnoreCase(text[^end.Length..], end);
}
