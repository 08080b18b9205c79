using System.Text;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>How a Sparkles dialogue's text refers to its images: <c>IMAGE#id</c>.</summary>
internal static class ImageReferences
{
    private static ReadOnlySpan<byte> Reference => "IMAGE#"u8;

    /// <summary>
    /// The id of the first reference to an image that the dialogue does not show; null if there is
    /// none.
    /// </summary>
    public static string? FindUnknown(RecordDraft draft, ReadOnlySpan<byte> text)
    {
        while (text.IndexOf(Reference) is >= 0 and int found)
        {
            text = text[(found + Reference.Length)..];
            if (text.Length > 0 && IsIdByte(text[0]) && Resolve(draft, text) < 0)
            {
                int end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'z');
                return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
            }
        }

        return null;
    }

    /// <summary>
    /// Replaces every reference by its image's name, with a capital at the start of a sentence.
    /// </summary>
    public static string Rename(RecordDraft draft, ReadOnlySpan<byte> text, ImageNaming scheme)
    {
        var renamed = new StringBuilder(text.Length);
        while (text.IndexOf(Reference) is >= 0 and int found)
        {
            _ = renamed.Append(Encoding.UTF8.GetString(text[..found]));
            ReadOnlySpan<byte> rest = text[(found + Reference.Length)..];
            int image = Resolve(draft, rest);
            if (image < 0)
            {
                _ = renamed.Append("IMAGE#");
                text = rest;
                continue;
            }

            string name = scheme.NameOf(image);
            char first = BeginsSentence(renamed) ? char.ToUpperInvariant(name[0]) : name[0];
            _ = renamed.Append(first).Append(name, 1, name.Length - 1);
            text = rest[draft.Images[image].Length..];
        }

        return renamed.Append(Encoding.UTF8.GetString(text)).ToString();
    }

    // The image whose id the text begins with, as the number of its first showing; -1 if there is
    // none. The longest id wins, and an id must end where the text's does: 23 is not in 2310.
    private static int Resolve(RecordDraft draft, ReadOnlySpan<byte> text)
    {
        int best = -1;
        for (int image = 0; image < draft.Images.Count; image++)
        {
            ReadOnlySpan<byte> id = draft[draft.Images[image]];
            bool isHere = id.Length > 0
                && text.StartsWith(id)
                && (text.Length == id.Length || !IsIdByte(text[id.Length]));
            if (isHere && (best < 0 || id.Length > draft.Images[best].Length))
                best = image;
        }

        return best;
    }

    private static bool IsIdByte(byte value) => char.IsAsciiLetterOrDigit((char)value) || value == (byte)'_';

    // At the start of the text or of a line, or after white space that follows the end of a
    // sentence. A quote or bracket may close the sentence.
    private static bool BeginsSentence(StringBuilder before)
    {
        int at = before.Length;
        while (at > 0 && char.IsWhiteSpace(before[at - 1]))
        {
            if (before[--at] == '\n')
                return true;
        }

        if (at == 0)
            return true;
        if (at == before.Length)
            return false;
        while (at > 1 && before[at - 1] is '"' or '\'' or ')' or ']' or '”' or '’')
            at--;
        return before[at - 1] is '.' or '!' or '?' or '…';
    }
}
