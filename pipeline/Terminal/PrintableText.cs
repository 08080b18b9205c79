using System.Globalization;

namespace VisualChat.Pipeline.Terminal;

/// <summary>
/// Text of a dataset made safe to print: a control or format character (an escape sequence, a
/// change of writing direction) is shown as its code, never sent to the terminal.
/// </summary>
internal static class PrintableText
{
    // Joins emoji; harmless.
    private const char ZeroWidthJoiner = '\u200D';

    /// <summary>
    /// The text with line ends and tabs kept and every other control character as <c>\u{1b}</c>.
    /// </summary>
    public static string Of(string text) => text.Any(MustBeShown) ? string.Concat(text.Select(Shown)) : text;

    private static string Shown(char unit) => MustBeShown(unit) ? $"\\u{{{(int)unit:x}}}" : unit.ToString();

    private static bool MustBeShown(char unit) =>
        unit is not ('\n' or '\t' or ZeroWidthJoiner)
        && char.GetUnicodeCategory(unit)
            is UnicodeCategory.Control
            or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
