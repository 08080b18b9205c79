using System.Runtime.CompilerServices;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// Where no merge can reach across. A merge makes a piece, so two characters that are neighbours in
/// no piece never merge, and the text on either side of such a place can be encoded on its own with
/// the same result. The places are read off the vocabulary, not assumed: characters are put into
/// classes (each ASCII character its own, a space and ▁ one, all others one), and a word continues
/// only where some piece has neighbours of the two classes.
/// </summary>
internal sealed class WordBoundaries
{
    private const int OtherClass = 128;
    private const int ClassCount = OtherClass + 1;
    private const char EscapedSpace = '\u2581';

    // [class of the left character, class of the right one]: 16.6 KB, so the scan stays in the
    // first-level cache.
    private readonly bool[] _joins = new bool[ClassCount * ClassCount];

    /// <summary>Collects the neighbours in every piece that text can become.</summary>
    public WordBoundaries(SentencePiece[] pieces)
    {
        foreach (SentencePiece piece in pieces)
        {
            if (!MergeRules.IsMade(piece))
                continue;
            for (int at = 1; at < piece.Text.Length; at++)
                _joins[(ClassOf(piece.Text[at - 1]) * ClassCount) + ClassOf(piece.Text[at])] = true;
        }

        // The halves of a surrogate pair are one character.
        _joins[(OtherClass * ClassCount) + OtherClass] = true;
    }

    /// <summary>
    /// Length of the word that the text begins with; the text is not empty. One table look-up a
    /// character.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int WordLength(ReadOnlySpan<char> text)
    {
        bool[] joins = _joins;
        int left = ClassOf(text[0]);
        for (int at = 1; at < text.Length; at++)
        {
            int right = ClassOf(text[at]);
            if (!joins[(left * ClassCount) + right])
                return at;
            left = right;
        }

        return text.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ClassOf(char unit) => unit < OtherClass ? unit : unit == EscapedSpace ? ' ' : OtherClass;
}
