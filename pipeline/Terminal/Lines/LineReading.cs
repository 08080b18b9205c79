using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>One line while it is typed: what each key does to it, and how it is drawn.</summary>
internal sealed class LineReading(
    ITerminal terminal, string prompt, Func<string, LineCompletion> complete, List<string> history)
{
    private const string PasteBegins = "[200~", PasteEnds = "\e[201~";

    private readonly LineBuffer _line = new();

    // Keys that were read ahead and turned out not to be a sequence.
    private readonly Queue<ConsoleKeyInfo> _unread = [];
    private int _place = history.Count;
    private string _draft = "";

    // The drawn row that the terminal's cursor is in.
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
                // Ctrl-C clears a line that has text, and gives up one that is empty.
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
            _ = list.Append("\r\n").AppendJoin("", row.Select(Padded)).Append("\e[K");
        _line.MoveToEnd();
        Draw();
        terminal.Write($"{list}\r\n");
        _row = 0;
        while (_line.Cursor > place)
            _line.MoveLeft();

        string Padded(string name) => name + new string(' ', width - Cells(name));
    }

    // Called after an escape that does not belong to a key: the terminal marks what is pasted.
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
        string text = pasted.ToString(0, pasted.Length - PasteEnds.Length);
        string lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _line.Insert(lines.TrimEnd('\n'));
    }

    private static bool EndsPaste(StringBuilder pasted)
    {
        int start = pasted.Length - PasteEnds.Length;
        return start >= 0 && pasted[^1] == '~' && pasted.ToString(start, PasteEnds.Length) == PasteEnds;
    }

    private ConsoleKeyInfo NextKey() => _unread.TryDequeue(out ConsoleKeyInfo key) ? key : terminal.ReadKey();

    // The last column stays free, so that the cursor is never between two rows.
    private void Draw()
    {
        var drawn = new StringBuilder("\r");
        if (_row > 0)
            _ = drawn.Append($"\e[{_row}A");
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
            _ = drawn.Append($"\e[{row - cursorRow}A");
        if (cursorColumn > 0)
            _ = drawn.Append($"\e[{cursorColumn}C");
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
