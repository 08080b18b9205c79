using System.Text;

namespace VisualChat.Pipeline.Terminal.Chat;

/// <summary>
/// A word as a shell reads it, which is how terminals insert the paths of files dropped on them:
/// parts in quotes and characters after a backslash are taken as they are.
/// </summary>
/// <param name="Text">The word without its quotes and backslashes.</param>
/// <param name="End">Where it ends in the line.</param>
/// <param name="OpenQuote">The quote that is not closed; null if all are.</param>
internal readonly record struct ShellWord(string Text, int End, char? OpenQuote)
{
    /// <summary>The word that begins at a place.</summary>
    public static ShellWord At(string line, int start)
    {
        var text = new StringBuilder();
        char? quote = null;
        int place = start;
        for (; place < line.Length && (quote is not null || !char.IsWhiteSpace(line[place])); place++)
        {
            char unit = line[place];
            if (unit == quote)
                quote = null;
            else if (quote is null && unit is '\'' or '"')
                quote = unit;
            else if (unit == '\\' && quote is not '\'' && place + 1 < line.Length)
                _ = text.Append(line[++place]);
            else
                _ = text.Append(unit);
        }

        return new ShellWord(text.ToString(), place, quote);
    }
}
