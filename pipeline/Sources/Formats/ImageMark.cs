namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>The mark <c>&lt;image&gt;</c> of LLaVA's format and its descendants.</summary>
internal static class ImageMark
{
    /// <summary>The mark.</summary>
    public static ReadOnlySpan<byte> Text => "<image>"u8;

    /// <summary>
    /// Removes one mark at the beginning or, failing that, at the end, with the line break or space
    /// between it and the text.
    /// </summary>
    public static TextSlice Strip(RecordDraft draft, TextSlice slice)
    {
        ReadOnlySpan<byte> text = draft[slice];
        if (text.StartsWith(Text))
        {
            int removed = Text.Length;
            if (text[removed..].StartsWith("\r\n"u8))
                removed += 2;
            else if (text.Length > removed && text[removed] is (byte)'\n' or (byte)' ')
                removed++;
            return new TextSlice(slice.Start + removed, slice.Length - removed);
        }

        if (text.EndsWith(Text))
        {
            int kept = text.Length - Text.Length;
            if (text[..kept].EndsWith("\r\n"u8))
                kept -= 2;
            else if (kept > 0 && text[kept - 1] is (byte)'\n' or (byte)' ')
                kept--;
            return slice with { Length = kept };
        }

        return slice;
    }

    /// <summary>
    /// Removes every mark, each with one of the spaces or line breaks around it, so that no gap is
    /// left where it stood.
    /// </summary>
    public static TextSlice RemoveAll(RecordDraft draft, TextSlice slice, ReadOnlySpan<byte> mark, out int marks)
    {
        marks = 0;
        if (draft[slice].IndexOf(mark) < 0)
            return slice;

        TextSlice kept = draft.Add(default);
        int at = 0;
        while (draft[slice][at..].IndexOf(mark) is >= 0 and int found)
        {
            marks++;
            kept = draft.Join(kept, new TextSlice(slice.Start + at, found));
            at += found + mark.Length;
            if (kept.Length == 0 || IsSpace(draft[kept][^1]))
            {
                if (draft[slice][at..].StartsWith("\r\n"u8))
                    at += 2;
                else if (at < slice.Length && IsSpace(draft[slice][at]))
                    at++;
            }
        }

        if (at < slice.Length)
            return draft.Join(kept, new TextSlice(slice.Start + at, slice.Length - at));
        return kept with { Length = draft[kept].TrimEnd(" \r\n"u8).Length };
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r';
}
