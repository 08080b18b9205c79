using System.Globalization;

namespace VisualChat.Pipeline.Terminal;

/// <summary>
/// Text of a dataset made safe to print: a control or format character (an escape sequence, a change of writing direction) is
/// shown as its code, never sent to the terminal.
/// </summary>
public static class PrintableText
{
    /// <summary>The text with line ends and tabs kept and every other control character as <c>\u{1b}</c>.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Any(MustBeShown) ? string.Concat(text.Select(unit => MustBeShown(unit) ? $"\\u{{{(int)unit:x}}}" : unit.ToString())) : text;
    }

    private static bool MustBeShown(char unit) =>
        unit is not ('\n' or '\t' or ZeroWidthJoiner)
        && char.GetUnicodeCategory(unit) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    // Joins emoji; harmless.
    private const char ZeroWidthJoiner = '\u200D';
}
