using System.Buffers;
using System.Buffers.Text;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// The marks that show an image in a question: <c>&lt;image&gt;</c> of LLaVA and its descendants,
/// and the ones of other programs, which are never left to be learned as words. Only questions are
/// searched: in an answer, a mark is text. Finding them costs one vectorised search for brackets.
/// </summary>
internal static class ImageMark
{
    // An address in a mark is a path or a link; a longer text between the tags is no address.
    private const int LongestAddress = 4096;

    private static readonly SearchValues<byte> Openings = SearchValues.Create("<["u8);

    // The longer ones first, as a mark may stand within another.
    private static readonly byte[][] Own =
    [
        "<im_start><image><im_end>"u8.ToArray(),
        "<Image><image></Image>"u8.ToArray(),
        "<image>"u8.ToArray(),
    ];

    private static readonly byte[][] Foreign =
    [
        "<|vision_start|><|image_pad|><|vision_end|>"u8.ToArray(),
        "<Img><ImageHere></Img>"u8.ToArray(),
        "<img><IMG_CONTEXT></img>"u8.ToArray(),
        "<image_soft_token>"u8.ToArray(),
        "<image_placeholder>"u8.ToArray(),
        "<start_of_image>"u8.ToArray(),
        "<|image_pad|>"u8.ToArray(),
        "<IMG_CONTEXT>"u8.ToArray(),
        "<ImageHere>"u8.ToArray(),
        "<|image|>"u8.ToArray(),
    ];

    // Marks in some programs, and words in other people's questions: a mark only in a record that
    // has images and no other mark.
    private static readonly byte[][] Doubtful =
    [
        "<IMAGE>"u8.ToArray(),
        "<Image>"u8.ToArray(),
        "[IMG]"u8.ToArray(),
    ];

    // What stands before and after the number of a numbered mark.
    private static readonly (byte[] Before, byte[] After)[] Numbered =
    [
        ("<|image_"u8.ToArray(), "|>"u8.ToArray()),
        ("<image_"u8.ToArray(), ">"u8.ToArray()),
        ("<image "u8.ToArray(), ">"u8.ToArray()),
        ("<Image "u8.ToArray(), ">"u8.ToArray()),
        ("<image"u8.ToArray(), ">"u8.ToArray()),
    ];

    private static ReadOnlySpan<byte> AddressBegin => "<img>"u8;

    private static ReadOnlySpan<byte> AddressEnd => "</img>"u8;

    /// <summary>Finds the first mark at or after a place.</summary>
    /// <param name="text">A question.</param>
    /// <param name="from">The place.</param>
    /// <param name="withDoubtful">Whether marks count that may as well be words.</param>
    /// <param name="mark">The mark.</param>
    public static bool TryFind(ReadOnlySpan<byte> text, int from, bool withDoubtful, out FoundMark mark)
    {
        for (int at = from; at < text.Length; at++)
        {
            int found = text[at..].IndexOfAny(Openings);
            if (found < 0)
                break;
            at += found;
            if (IsMark(text[at..], withDoubtful, out mark))
            {
                mark = mark with { At = at };
                return true;
            }
        }

        mark = default;
        return false;
    }

    /// <summary>How many marks a question has.</summary>
    public static int Count(ReadOnlySpan<byte> text, bool withDoubtful = false)
    {
        int marks = 0;
        for (int at = 0; TryFind(text, at, withDoubtful, out FoundMark mark); at = mark.At + mark.Length)
            marks++;
        return marks;
    }

    /// <summary>Whether a mark has words both before and after it, not only other marks.</summary>
    public static bool StandsAmongWords(ReadOnlySpan<byte> text, bool withDoubtful)
    {
        bool hasWords = false;
        bool hasMarkAfterWords = false;
        int at = 0;
        while (TryFind(text, at, withDoubtful, out FoundMark mark))
        {
            hasWords |= text[at..mark.At].IndexOfAnyExcept(" \t\r\n"u8) >= 0;
            if (hasMarkAfterWords && text[at..mark.At].IndexOfAnyExcept(" \t\r\n"u8) >= 0)
                return true;
            hasMarkAfterWords |= hasWords;
            at = mark.At + mark.Length;
        }

        return hasMarkAfterWords && text[at..].IndexOfAnyExcept(" \t\r\n"u8) >= 0;
    }

    /// <summary>
    /// Removes every mark, each with one of the spaces or line breaks around it, so that no gap is
    /// left where it stood, and the white space before a first mark that begins the text.
    /// </summary>
    public static TextSlice RemoveAll(RecordDraft draft, TextSlice slice, bool withDoubtful = false)
    {
        if (!TryFind(draft[slice], 0, withDoubtful, out FoundMark mark))
            return slice;

        TextSlice kept = draft.Add(default);
        int at = 0;
        do
        {
            if (kept.Length > 0 || draft[slice][at..mark.At].IndexOfAnyExcept(" \r\n"u8) >= 0)
                kept = draft.Join(kept, new TextSlice(slice.Start + at, mark.At - at));
            at = mark.At + mark.Length;
            if (kept.Length == 0 || IsSpace(draft[kept][^1]))
            {
                if (draft[slice][at..].StartsWith("\r\n"u8))
                    at += 2;
                else if (at < slice.Length && IsSpace(draft[slice][at]))
                    at++;
            }
        }
        while (TryFind(draft[slice], at, withDoubtful, out mark));

        if (at < slice.Length)
            return draft.Join(kept, new TextSlice(slice.Start + at, slice.Length - at));
        return kept with { Length = draft[kept].TrimEnd(" \r\n"u8).Length };
    }

    private static bool IsMark(ReadOnlySpan<byte> text, bool withDoubtful, out FoundMark mark)
    {
        if (LengthOf(text, Own) is > 0 and int own)
        {
            mark = new FoundMark(0, own);
            return true;
        }

        int foreign = LengthOf(text, Foreign);
        if (foreign == 0 && withDoubtful)
            foreign = LengthOf(text, Doubtful);
        mark = new FoundMark(0, foreign, IsForeign: true);
        return foreign > 0 || HasNumber(text, out mark) || HasAddress(text, out mark);
    }

    private static int LengthOf(ReadOnlySpan<byte> text, byte[][] marks)
    {
        foreach (byte[] mark in marks)
        {
            if (text.StartsWith(mark))
                return mark.Length;
        }

        return 0;
    }

    private static bool HasNumber(ReadOnlySpan<byte> text, out FoundMark mark)
    {
        foreach ((byte[] before, byte[] after) in Numbered)
        {
            if (text.StartsWith(before)
                && Utf8Parser.TryParse(text[before.Length..], out uint number, out int digits)
                && number < 10_000
                && text[(before.Length + digits)..].StartsWith(after))
            {
                mark = new FoundMark(0, before.Length + digits + after.Length, IsForeign: true, (int)number);
                return true;
            }
        }

        mark = default;
        return false;
    }

    private static bool HasAddress(ReadOnlySpan<byte> text, out FoundMark mark)
    {
        mark = default;
        if (!text.StartsWith(AddressBegin))
            return false;
        int length = text[AddressBegin.Length..].IndexOf(AddressEnd);
        if (length is <= 0 or > LongestAddress || text.Slice(AddressBegin.Length, length).IndexOfAny("<\r\n"u8) >= 0)
            return false;
        int whole = AddressBegin.Length + length + AddressEnd.Length;
        mark = new FoundMark(0, whole, IsForeign: true, AddressLength: length);
        return true;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r';
}
