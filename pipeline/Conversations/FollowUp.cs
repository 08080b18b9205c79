using System.Buffers;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// Words a conversation as a follow-up about one of several images: each question and answer begins
/// "In image 2, " or the like.
/// </summary>
internal static class FollowUp
{
    private static readonly SearchValues<char> WordEnds = SearchValues.Create(" ,.;:!?'");
    private static readonly string[] Places = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

    /// <summary>
    /// The rounds, worded. One way of naming the image serves all of them, drawn for (seed, entry,
    /// sample).
    /// </summary>
    /// <param name="turns">The conversation.</param>
    /// <param name="image">The image, counted from 1.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="entry">The recipe entry.</param>
    /// <param name="ordinal">The sample's number in the entry.</param>
    public static IReadOnlyList<RecordRound> Word(IReadOnlyList<RecordRound> turns, int image, long seed, string entry, int ordinal)
    {
        var random = new KeyedRandom(seed, entry, ordinal, $"follow-up {image}");
        string opening = random.Next(3) switch
        {
            0 => $"In image {image}, ",
            1 => $"In image {(char)('a' + image - 1)}, ",
            _ when image <= Places.Length => $"In the {Places[image - 1]} image, ",
            _ => $"In image {image}, ",
        };
        return [.. turns.Select(turn => new RecordRound(opening + Uncapitalised(turn.Question), opening + Uncapitalised(turn.Answer), turn.Images))];
    }

    /// <summary>
    /// The text with a small first letter, unless its first word is "I" or has another capital (a
    /// name, an abbreviation).
    /// </summary>
    private static string Uncapitalised(string text)
    {
        int end = text.AsSpan().IndexOfAny(WordEnds);
        ReadOnlySpan<char> word = end < 0 ? text : text.AsSpan(0, end);
        bool isPlainWord = word.Length > 0 && word is not "I" && char.IsUpper(word[0]) && word[1..].IndexOfAnyInRange('A', 'Z') < 0;
        return isPlainWord ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }
}
