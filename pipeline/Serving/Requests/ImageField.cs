using System.Buffers.Text;
using System.Text.Json;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>
/// Reads the <c>image_url</c> of a part: an object with the URL, or the URL itself.
/// </summary>
internal static class ImageField
{
    private const int LongestWebUrl = 8192;

    /// <summary>
    /// Bytes of the URL of an image of the most bytes: base64, a head, and some escapes, because
    /// some clients write '/' as '\/'.
    /// </summary>
    public static int LongestUrl(int imageBytes)
    {
        long base64 = Base64.GetMaxEncodedToUtf8Length(imageBytes);
        return (int)Math.Min(base64 + (base64 / 16) + 4096, Array.MaxLength);
    }

    /// <param name="image">The field, at its first token.</param>
    /// <param name="lease">Pays for the image.</param>
    /// <param name="mostBytes">Bytes beyond which an image is refused.</param>
    /// <exception cref="ApiException">It is no image, or a too large one.</exception>
    public static async ValueTask<RequestImage?> ReadAsync(JsonField image, BodyLease lease, int mostBytes)
    {
        if (image.IsNull)
            return null;
        if (image.Kind == JsonTokenType.String)
            return await ReadUrlAsync(image, lease, mostBytes);
        image.RequireObject();
        RequestImage? read = null;
        while (await image.Body.NextNameAsync() is { } name)
        {
            if (name != "url")
            {
                await image.Body.NextAsync();
                await image.Body.SkipAsync();
                continue;
            }

            var url = new JsonField(image.Body, image.PathOf(name));
            if (!await image.Body.TryNextAsync(LongestUrl(mostBytes)))
                throw DataUri.TooLarge(url.Path, mostBytes);
            read = url.IsNull ? null : await ReadUrlAsync(url, lease, mostBytes);
        }

        return read ?? throw ApiException.Missing(image.PathOf("url"));
    }

    private static async ValueTask<RequestImage> ReadUrlAsync(JsonField url, BodyLease lease, int mostBytes)
    {
        if (url.Kind != JsonTokenType.String)
            throw url.WrongType("a string");

        // The bytes between the quotes, as they stand in the body. Only a URI with escapes is
        // copied.
        int length = url.Body.RawText.Length;
        bool hasEscapes = url.Body.RawText.Contains((byte)'\\');
        await lease.TakeAsync(hasEscapes ? 2L * length : length);
        try
        {
            return Decoded(url, hasEscapes, mostBytes) ?? Web(url);
        }
        finally
        {
            lease.Give(hasEscapes ? length : 0);
        }
    }

    private static RequestImage? Decoded(JsonField url, bool hasEscapes, int mostBytes)
    {
        ReadOnlySpan<byte> text = url.Body.RawText;
        if (hasEscapes)
        {
            byte[] copy = GC.AllocateUninitializedArray<byte>(text.Length);
            text = copy.AsSpan(0, Unescaped(url, copy));
        }

        return DataUri.IsDataUri(text)
            ? new RequestImage(url.Path, DataUri.Decode(text, url.Path, mostBytes), Url: null)
            : null;
    }

    private static int Unescaped(JsonField url, byte[] copy)
    {
        try
        {
            return url.Body.CopyText(copy);
        }
        catch (InvalidOperationException)
        {
            throw ApiException.WrongValue(url.Path, "it holds half of a surrogate pair, which is not a character.");
        }
    }

    private static RequestImage Web(JsonField url)
    {
        Uri? address = null;
        bool isWeb = url.Body.RawText.Length <= LongestWebUrl
            && Uri.TryCreate(url.Text(), UriKind.Absolute, out address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);
        return isWeb
            ? new RequestImage(url.Path, Bytes: null, address)
            : throw ApiException.WrongValue(
                url.Path,
                "it must be a data URI, 'data:image/png;base64,...'; the server opens no files.",
                "invalid_image_url");
    }
}
