using System.Buffers;
using System.Buffers.Text;
using System.Text;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// Base64 as the world writes it: with or without the <c>=</c> at the end, in the alphabet of URLs
/// too, broken into lines, percent-encoded in part. Clean text takes one vectorised pass into the
/// image's memory; only what is not clean is mended first, in its own place.
/// </summary>
internal static class Base64Text
{
    /// <summary>Far longer than <c>data:image/svg+xml;charset=utf-8;base64,</c>.</summary>
    public const int LongestPrefix = 1024;

    private static ReadOnlySpan<byte> Scheme => "data:"u8;

    /// <summary>
    /// The bytes that letters stand for, for a text that is clean: no more than one pass that
    /// counts would say.
    /// </summary>
    public static long BytesOf(long letters) => letters / 4 * 3 + (letters % 4 * 3 / 4);

    /// <summary>
    /// The length of the <c>data:TYPE;base64,</c> that a text begins with; 0 if it has none.
    /// </summary>
    public static int PrefixOf(ReadOnlySpan<byte> text)
    {
        if (!BeginsAsUri(text))
            return 0;
        int end = text[..Math.Min(text.Length, LongestPrefix)].IndexOfAny((byte)',', (byte)'"');
        return end >= 0 && text[end] == (byte)',' ? end + 1 : 0;
    }

    /// <summary>Whether a text is a data URI, whatever its case.</summary>
    public static bool BeginsAsUri(ReadOnlySpan<byte> text) =>
        text.Length >= Scheme.Length
        && text[0] is (byte)'d' or (byte)'D'
        && Ascii.EqualsIgnoreCase(text[..Scheme.Length], Scheme);

    /// <summary>Decodes a text, whose letters may be changed.</summary>
    /// <param name="text">The text after its <c>data:...,</c>, if it had one.</param>
    /// <param name="buffers">Where the image's memory comes from.</param>
    /// <returns>Null: it is not base64.</returns>
    public static PooledBytes? TryDecode(Span<byte> text, PooledBuffers buffers)
    {
        Span<byte> letters = text.TrimEnd((byte)'=');
        PooledBytes image = buffers.Rent(checked((int)BytesOf(letters.Length)));
        if (TryDecode(letters, image.Span))
            return image;
        image.Release();

        int mended = Mend(text);
        if (mended < 0)
            return null;
        letters = text[..mended].TrimEnd((byte)'=');
        image = buffers.Rent((int)BytesOf(letters.Length));
        if (TryDecode(letters, image.Span))
            return image;
        image.Release();
        return null;
    }

    // Letters without padding. True only if every byte of the target is filled: white space, which
    // the library passes over, would leave some.
    private static bool TryDecode(ReadOnlySpan<byte> letters, Span<byte> target)
    {
        int whole = letters.Length / 4 * 4;
        ReadOnlySpan<byte> rest = letters[whole..];
        if (rest.Length == 1)
            return false;
        int bytes = whole / 4 * 3;
        OperationStatus status = Base64.DecodeFromUtf8(letters[..whole], target[..bytes], out _, out int written);
        if (status != OperationStatus.Done || written != bytes)
            return false;
        if (rest.Length == 0)
            return true;
        Span<byte> last = stackalloc byte[4];
        last.Fill((byte)'=');
        rest.CopyTo(last);
        Span<byte> ending = stackalloc byte[3];
        status = Base64.DecodeFromUtf8(last, ending, out _, out written);
        if (status != OperationStatus.Done || written != rest.Length - 1)
            return false;
        ending[..written].CopyTo(target[bytes..]);
        return true;
    }

    // Letters of the plain alphabet, without white space; -1 if a percent sign encodes nothing.
    private static int Mend(Span<byte> text)
    {
        int to = 0;
        for (int at = 0; at < text.Length; at++)
        {
            byte letter = text[at];
            if (letter == (byte)'%')
            {
                bool isEncoded = at + 2 < text.Length
                    && Utf8Parser.TryParse(text.Slice(at + 1, 2), out letter, out int taken, 'x')
                    && taken == 2;
                if (!isEncoded)
                    return -1;
                at += 2;
            }

            if (letter is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                text[to++] = letter == (byte)'-' ? (byte)'+' : letter == (byte)'_' ? (byte)'/' : letter;
        }

        return to;
    }
}
