using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>
/// Reads a line that a person types, with the keys of a shell: moving by character and word, history, completion, paste of several lines. Long lines are broken over rows.
/// </summary>
/// <param name="open">Takes the terminal for one line.</param>
/// <param name="complete">How a text could go on at its end, which is the cursor.</param>
internal sealed class LineEditor(Func<ITerminal> open, Func<string, LineCompletion> complete) : ILineSource
{
    private const string PasteBegins = "[200~", PasteEnds = "\e[201~";

    private readonly List<string> _history = [];

    /// <inheritdoc/>
    public (LineEnd End, string Text) Read(string prompt)
    {
        ITerminal terminal = open();
        try
        {
            terminal.Write("\e[?2004h");
            (LineEnd end, string text) = new Reading(terminal, prompt, complete, _history).Read();
            if (text.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != text))
                _history.Add(text);
            return (end, text);
        }
        finally
        {
            terminal.Write("\e[?2004l");
            (terminal as IDisposable)?.Dispose();
        }
    }

    /// <summary>One line.</summary>
    private sealed class Reading(ITerminal terminal, string prompt, Func<string, LineCompletion> complete, List<string> history)
    {
        private readonly LineBuffer _line = new();

        // Keys that were read to see whether they are one sequence, and are not.
        private readonly Queue<ConsoleKeyInfo> _unread = [];
        private int _place = history.Count;
        private string _draft = "";

        // The row, of those drawn, that the terminal's cursor is in.
        private int _row;
        private bool _wasTab;

        public (LineEnd End, string Text) Read()
        {
            while (true)
            {
                if (_unread.Count == 0 && !terminal.HasKey)
                    Draw();
                ConsoleKeyInfo key = NextKey();
                bool isTab = key.Key == ConsoleKey.Tab;
                if (Ended(key) is { } end)
                {
                    _line.MoveToEnd();
                    Draw();
                    terminal.Write(end == LineEnd.GivenUp ? "^C\r\n" : "\r\n");
                    return (end, end == LineEnd.GivenUp ? "" : _line.Text);
                }

                _wasTab = isTab;
            }
        }

        private LineEnd? Ended(ConsoleKeyInfo key)
        {
            switch (key)
            {
                case { Key: ConsoleKey.Enter } or { KeyChar: '\n' or '\r' }:
                    return LineEnd.Entered;
                case { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control } or { KeyChar: '\x03' }:
                    // Given up with text in it, the line is cleared only: the caller sees it as given up when it is empty.
                    if (_line.Text.Length == 0)
                        return LineEnd.GivenUp;
                    _line.MoveToEnd();
                    Draw();
                    terminal.Write("^C\r\n");
                    _row = 0;
                    _line.Set("");
                    _place = history.Count;
                    return null;
                case { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } or { KeyChar: '\x04' }:
                    if (_line.Text.Length == 0)
                        return LineEnd.NoMore;
                    _line.DeleteAfter();
                    return null;
                case { Key: ConsoleKey.Escape } or { KeyChar: '\e' }:
                    TakePaste();
                    return null;
                default:
                    Edit(key);
                    return null;
            }
        }

        private void Edit(ConsoleKeyInfo key)
        {
            bool byWord = key.Modifiers is ConsoleModifiers.Control or ConsoleModifiers.Alt;
            switch (key.Key)
            {
                case ConsoleKey.LeftArrow when byWord:
                case ConsoleKey.B when key.Modifiers == ConsoleModifiers.Alt:
                    _line.MoveWordLeft();
                    break;
                case ConsoleKey.RightArrow when byWord:
                case ConsoleKey.F when key.Modifiers == ConsoleModifiers.Alt:
                    _line.MoveWordRight();
                    break;
                case ConsoleKey.LeftArrow:
                case ConsoleKey.B when byWord:
                    _line.MoveLeft();
                    break;
                case ConsoleKey.RightArrow:
                case ConsoleKey.F when byWord:
                    _line.MoveRight();
                    break;
                case ConsoleKey.Home:
                case ConsoleKey.A when key.Modifiers == ConsoleModifiers.Control:
                    _line.MoveToStart();
                    break;
                case ConsoleKey.End:
                case ConsoleKey.E when key.Modifiers == ConsoleModifiers.Control:
                    _line.MoveToEnd();
                    break;
                case ConsoleKey.W when key.Modifiers == ConsoleModifiers.Control:
                case ConsoleKey.Backspace when byWord:
                    _line.DeleteWordBefore();
                    break;
                case ConsoleKey.Backspace:
                    _line.DeleteBefore();
                    break;
                case ConsoleKey.Delete:
                    _line.DeleteAfter();
                    break;
                case ConsoleKey.U when key.Modifiers == ConsoleModifiers.Control:
                    _line.DeleteToStart();
                    break;
                case ConsoleKey.K when key.Modifiers == ConsoleModifiers.Control:
                    _line.DeleteToEnd();
                    break;
                case ConsoleKey.L when key.Modifiers == ConsoleModifiers.Control:
                    terminal.Write("\e[H\e[2J");
                    _row = 0;
                    break;
                case ConsoleKey.UpArrow:
                case ConsoleKey.P when key.Modifiers == ConsoleModifiers.Control:
                    Recall(_place - 1);
                    break;
                case ConsoleKey.DownArrow:
                case ConsoleKey.N when key.Modifiers == ConsoleModifiers.Control:
                    Recall(_place + 1);
                    break;
                case ConsoleKey.Tab:
                    Complete();
                    break;
                default:
                    if (!char.IsControl(key.KeyChar) && !key.Modifiers.HasFlag(ConsoleModifiers.Alt))
                        _line.Insert(key.KeyChar.ToString());
                    break;
            }
        }

        private void Recall(int place)
        {
            if (place < 0 || place > history.Count)
                return;
            if (_place == history.Count)
                _draft = _line.Text;
            _place = place;
            _line.Set(place == history.Count ? _draft : history[place]);
        }

        private void Complete()
        {
            LineCompletion completion = complete(_line.Text[.._line.Cursor]);
            if (completion.Candidates.Count == 0)
                return;
            string common = CommonBeginning([.. completion.Candidates.Select(candidate => candidate.Text)]);
            if (common.Length > _line.Cursor - completion.Start || completion.Candidates.Count == 1)
                _line.ReplaceFrom(completion.Start, common);
            else if (_wasTab)
                List([.. completion.Candidates.Select(candidate => PrintableText.Of(candidate.Shown))]);
        }

        private void List(string[] shown)
        {
            int width = shown.Max(Cells) + 2, columns = Math.Max(1, terminal.Columns / width);
            int place = _line.Cursor;
            var list = new StringBuilder();
            foreach (string[] row in shown.Chunk(columns))
                _ = list.Append("\r\n").AppendJoin("", row.Select(name => name + new string(' ', width - Cells(name)))).Append("\e[K");
            _line.MoveToEnd();
            Draw();
            terminal.Write($"{list}\r\n");
            _row = 0;
            while (_line.Cursor > place)
                _line.MoveLeft();
        }

        // Called after an escape that was no key's: the terminal marks what is pasted.
        private void TakePaste()
        {
            var keys = new List<ConsoleKeyInfo>();
            foreach (char expected in PasteBegins)
            {
                if (_unread.Count == 0 && !terminal.HasKey)
                    break;
                keys.Add(NextKey());
                if (keys[^1].KeyChar != expected)
                    break;
            }

            if (string.Concat(keys.Select(key => key.KeyChar)) != PasteBegins)
            {
                foreach (ConsoleKeyInfo key in keys)
                    _unread.Enqueue(key);
                return;
            }

            var pasted = new StringBuilder();
            while (!EndsPaste(pasted))
                _ = pasted.Append(NextKey().KeyChar);
            string text = pasted.ToString(0, pasted.Length - PasteEnds.Length).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
            _line.Insert(text.TrimEnd('\n'));
        }

        private static bool EndsPaste(StringBuilder pasted) =>
            pasted.Length >= PasteEnds.Length && pasted[^1] == '~' && pasted.ToString(pasted.Length - PasteEnds.Length, PasteEnds.Length) == PasteEnds;

        private ConsoleKeyInfo NextKey() => _unread.TryDequeue(out ConsoleKeyInfo key) ? key : terminal.ReadKey();

        // The last column stays free, so that the cursor is never between two rows.
        private void Draw()
        {
            var drawn = new StringBuilder("\r");
            if (_row > 0)
                _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{_row}A");
            _ = drawn.Append("\e[J").Append(prompt);
            int indent = Cells(prompt), row = 0, column = indent, cursorRow = 0, cursorColumn = indent;
            string text = _line.Text;
            for (int place = 0; place <= text.Length;)
            {
                if (place == _line.Cursor)
                    (cursorRow, cursorColumn) = (row, column);
                if (place == text.Length)
                    break;
                int length = StringInfo.GetNextTextElementLength(text, place);
                string element = text.Substring(place, length);
                string shown = element is "\n" or "\r\n" ? "" : PrintableText.Of(element);
                if (shown.Length == 0 || column + Cells(shown) >= terminal.Columns)
                {
                    _ = drawn.Append("\r\n").Append(' ', indent);
                    (row, column) = (row + 1, indent);
                    if (place == _line.Cursor && shown.Length > 0)
                        (cursorRow, cursorColumn) = (row, column);
                }

                _ = drawn.Append(shown);
                column += Cells(shown);
                place += length;
            }

            _ = drawn.Append('\r');
            if (row > cursorRow)
                _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{row - cursorRow}A");
            if (cursorColumn > 0)
                _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{cursorColumn}C");
            _row = cursorRow;
            terminal.Write(drawn.ToString());
        }

        private static int Cells(string text) => new Segment(text).CellCount();

        private static string CommonBeginning(string[] texts)
        {
            int length = texts.Min(text => text.Length);
            for (int place = 0; place < length; place++)
                if (texts.Any(text => text[place] != texts[0][place]))
                    length = place;
            return texts[0][..(length > 0 && char.IsHighSurrogate(texts[0][length - 1]) ? length - 1 : length)];
        }
    }
}
