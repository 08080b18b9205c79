using System.Globalization;
using System.Text;

namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>
/// Text being typed, and a cursor that moves by what a reader sees as one character.
/// </summary>
internal sealed class LineBuffer
{
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    /// <summary>Where the next character goes, in UTF-16 units.</summary>
    public int Cursor { get; private set; }

    /// <summary>
    /// Puts text at the cursor. A tab becomes a space; other control characters except line ends
    /// are left out.
    /// </summary>
    public void Insert(string text)
    {
        foreach (char unit in text)
            if (unit == '\n' || !char.IsControl(unit) || unit == '\t')
                _ = _text.Insert(Cursor++, unit == '\t' ? ' ' : unit);
    }

    /// <summary>Replaces the text and puts the cursor at its end.</summary>
    public void Set(string text)
    {
        _ = _text.Clear();
        Cursor = 0;
        Insert(text);
    }

    /// <summary>Replaces the text from a place to the cursor.</summary>
    public void ReplaceFrom(int start, string text)
    {
        Delete(start);
        Insert(text);
    }

    public void MoveLeft() => Cursor = Before();

    public void MoveRight() => Cursor = After();

    public void MoveToStart() => Cursor = 0;

    public void MoveToEnd() => Cursor = _text.Length;

    public void MoveWordLeft() => Cursor = WordStart();

    public void MoveWordRight() => Cursor = WordEnd();

    public void DeleteBefore() => Delete(Before());

    public void DeleteAfter() => Delete(After());

    public void DeleteWordBefore() => Delete(WordStart());

    public void DeleteToStart() => Delete(0);

    public void DeleteToEnd() => Delete(_text.Length);

    private int Before()
    {
        int before = 0;
        foreach (int start in StringInfo.ParseCombiningCharacters(Text))
            if (start < Cursor)
                before = start;
        return before;
    }

    private int After() => Cursor == _text.Length ? Cursor : Cursor + StringInfo.GetNextTextElementLength(Text, Cursor);

    private int WordStart()
    {
        int place = Cursor;
        while (place > 0 && char.IsWhiteSpace(_text[place - 1]))
            place--;
        while (place > 0 && !char.IsWhiteSpace(_text[place - 1]))
            place--;
        return place;
    }

    private int WordEnd()
    {
        int place = Cursor;
        while (place < _text.Length && char.IsWhiteSpace(_text[place]))
            place++;
        while (place < _text.Length && !char.IsWhiteSpace(_text[place]))
            place++;
        return place;
    }

    private void Delete(int other)
    {
        int start = Math.Min(Cursor, other);
        _ = _text.Remove(start, Math.Abs(Cursor - other));
        Cursor = start;
    }
}
