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

    private static readonly string[] Ordinals =
    [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    ];

    /// <summary>
    /// The rounds, worded. All of them name the image in one way, drawn for (seed, entry, sample).
    /// </summary>
    /// <param name="rounds">The conversation.</param>
    /// <param name="image">The image, counted from 1.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="entry">The recipe entry.</param>
    /// <param name="ordinal">The sample's number in the entry.</param>
    public static IReadOnlyList<RecordRound> Word(
        IReadOnlyList<RecordRound> rounds, int image, long seed, string entry, int ordinal)
    {
        var random = new KeyedRandom(seed, entry, ordinal, $"follow-up {image}");
        string opening = random.Next(3) switch
        {
            0 => $"In image {image}, ",
            1 => $"In image {(char)('a' + image - 1)}, ",
            _ when image <= Ordinals.Length => $"In the {Ordinals[image - 1]} image, ",
            _ => $"In image {image}, ",
        };
        return
        [
            .. rounds.Select(round => new RecordRound(
                opening + Uncapitalised(round.Question), opening + Uncapitalised(round.Answer), round.Images)),
        ];
    }

    /// <summary>
    /// The text with a small first letter, unless its first word is "I" or has another capital (a
    /// name, an abbreviation).
    /// </summary>
    private static string Uncapitalised(string text)
    {
        int end = text.AsSpan().IndexOfAny(WordEnds);
        ReadOnlySpan<char> word = end < 0 ? text : text.AsSpan(0, end);
        bool isCapitalised = word.Length > 0 && char.IsUpper(word[0]);
        bool isPlainWord = isCapitalised && word is not "I" && word[1..].IndexOfAnyInRange('A', 'Z') < 0;
        return isPlainWord ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }
}
