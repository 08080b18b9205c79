namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>What a line is typed into: keys in, text and control sequences (ECMA-48) out.</summary>
internal interface ITerminal
{
    /// <summary>Cells in a row.</summary>
    int Columns { get; }

    /// <summary>Whether a key is waiting.</summary>
    bool HasKey { get; }

    /// <summary>The next key; Ctrl-C is one of them.</summary>
    ConsoleKeyInfo ReadKey();

    /// <summary>Writes at once.</summary>
    void Write(string text);
}
