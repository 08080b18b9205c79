using System.Globalization;
using System.Text;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// Unicode's canonical decomposition, in which two spellings of one name are equal: an é of one
/// character, as most systems write it, and of two, as macOS does. The program runs without a
/// library of cultures, and then <see cref="string.Normalize()"/> returns its text as it is.
/// </summary>
internal static class CanonicalText
{
    private const int HangulFirst = 0xAC00;
    private const int HangulLast = 0xD7A3;
    private const int HangulVowels = 21;
    private const int HangulTails = 28;

    private static readonly Lazy<Tables> Loaded = new(Load);

    /// <summary>A text with every character taken apart, marks in their fixed order.</summary>
    public static string Decompose(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var runes = new List<Rune>(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
            Add(rune, runes);
        Order(runes);
        var decomposed = new StringBuilder(runes.Count);
        foreach (Rune rune in runes)
            _ = decomposed.Append(rune.ToString());
        return decomposed.ToString();
    }

    private static void Add(Rune rune, List<Rune> runes)
    {
        if (rune.Value is >= HangulFirst and <= HangulLast)
        {
            int syllable = rune.Value - HangulFirst;
            runes.Add(new Rune(0x1100 + (syllable / (HangulVowels * HangulTails))));
            runes.Add(new Rune(0x1161 + (syllable / HangulTails % HangulVowels)));
            if (syllable % HangulTails > 0)
                runes.Add(new Rune(0x11A7 + (syllable % HangulTails)));
        }
        else if (Loaded.Value.Parts.TryGetValue(rune.Value, out Rune[]? parts))
        {
            runes.AddRange(parts);
        }
        else
        {
            runes.Add(rune);
        }
    }

    // Unicode's canonical ordering: marks that do not touch each other, by their class.
    private static void Order(List<Rune> runes)
    {
        for (int at = 1; at < runes.Count; at++)
        {
            int ofThis = ClassOf(runes[at]);
            for (int to = at; ofThis > 0 && to > 0 && ClassOf(runes[to - 1]) > ofThis; to--)
                (runes[to - 1], runes[to]) = (runes[to], runes[to - 1]);
        }
    }

    private static int ClassOf(Rune rune) => Loaded.Value.Classes.GetValueOrDefault(rune.Value);

    private static Tables Load()
    {
        var tables = new Tables([], []);
        using Stream stream = typeof(CanonicalText).Assembly.GetManifestResourceStream("sources/CanonicalForms.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0] == "#")
                continue;
            if (words[0].Split('-') is [string first, string last])
            {
                for (int value = Hexadecimal(first); value <= Hexadecimal(last); value++)
                    tables.Classes.Add(value, byte.Parse(words[1]));
            }
            else
            {
                Rune[] parts = Array.ConvertAll(words[1..], part => new Rune(Hexadecimal(part)));
                tables.Parts.Add(Hexadecimal(words[0]), parts);
            }
        }

        return tables;
    }

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.HexNumber);

    /// <param name="Parts">What a character is taken apart into.</param>
    /// <param name="Classes">The class of a combining mark.</param>
    private sealed record Tables(Dictionary<int, Rune[]> Parts, Dictionary<int, byte> Classes);
}
