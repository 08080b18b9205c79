using System.Runtime.InteropServices;
using System.Text;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Inspection;

/// <summary>
/// A sample's ids made readable again: what the model reads, what it learns, and where its images
/// are. The ids are shown, not the text they were made from, so that a wrong id or label can be
/// seen.
/// </summary>
internal static class SampleSpans
{
    // What the special tokens say, in the order of their ids.
    private static readonly string[] SpecialPieces = ["### Image:", "<image>", "<pad>"];

    /// <summary>The spans of each round; a round ends with the end-of-sentence id.</summary>
    /// <exception cref="WorkException">
    /// The row's ids are not this tokenizer's, or ids and labels do not match.
    /// </exception>
    public static IReadOnlyList<IReadOnlyList<TokenSpan>> Of(SampleRow row, SentencePieceTokenizer tokenizer)
    {
        if (row.InputIds.Length != row.Labels.Length)
        {
            throw new WorkException(
                $"{row.Id}: {row.InputIds.Length} ids but {row.Labels.Length} labels. "
                + "Make the shards again with 'blend'.");
        }

        var special = new SpecialTokens(tokenizer.VocabularySize);
        var rounds = new List<IReadOnlyList<TokenSpan>>();
        var round = new List<TokenSpan>();
        int images = 0;
        for (int start = 0; start < row.InputIds.Length;)
        {
            SpanKind kind = KindOf(start);
            int end = start + 1;
            while (Continues(end, kind))
                end++;
            bool startsSegment = start == 0 || IsImage(row.InputIds[start - 1]);
            string text = kind == SpanKind.Image
                ? $"<image {++images}>"
                : Decode(row.Id, row.InputIds.AsSpan(start..end), tokenizer, startsSegment);
            round.Add(new TokenSpan(kind, text, end - start));
            if (row.InputIds[end - 1] == tokenizer.EosId)
            {
                rounds.Add(round);
                round = [];
            }

            start = end;
        }

        if (round.Count > 0)
            rounds.Add(round);
        return rounds;

        // Each image is a span of its own, and a round's end is a span's end.
        bool Continues(int position, SpanKind kind) =>
            position < row.InputIds.Length
            && kind != SpanKind.Image
            && KindOf(position) == kind
            && row.InputIds[position - 1] != tokenizer.EosId;

        SpanKind KindOf(int position)
        {
            if (IsImage(row.InputIds[position]))
                return SpanKind.Image;
            return row.Labels[position] >= 0 ? SpanKind.Trained : SpanKind.Read;
        }

        bool IsImage(int id) => id == special.Image;
    }

    private static string Decode(
        string row, ReadOnlySpan<int> ids, SentencePieceTokenizer tokenizer, bool startsSegment)
    {
        var utf8 = new List<byte>();
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)(tokenizer.VocabularySize + SpecialPieces.Length))
            {
                throw new WorkException(
                    $"{row}: the id {id} is not in the tokenizer. These shards were made with another one.");
            }

            if (id >= tokenizer.VocabularySize)
            {
                utf8.AddRange(Encoding.UTF8.GetBytes(SpecialPieces[id - tokenizer.VocabularySize]));
                continue;
            }

            if (id == tokenizer.BosId || id == tokenizer.EosId)
            {
                utf8.AddRange(Encoding.UTF8.GetBytes(tokenizer.PieceOf(id)));
                startsSegment = id == tokenizer.BosId;
                continue;
            }

            int before = utf8.Count;
            tokenizer.DecodeBytes(id, utf8);

            // A segment's first space is the one SentencePiece puts before every text.
            if (startsSegment && utf8.Count > before && utf8[before] == ' ')
                utf8.RemoveAt(before);
            startsSegment = false;
        }

        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(utf8));
    }
}
