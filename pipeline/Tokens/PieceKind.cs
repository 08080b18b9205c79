namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// What a piece of a vocabulary stands for, numbered as in <c>sentencepiece_model.proto</c>.
/// </summary>
internal enum PieceKind
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>Stands for text that no piece covers.</summary>
    Unknown = 2,

    /// <summary>
    /// A mark without text, such as the beginning of a sentence. Text never becomes one.
    /// </summary>
    Control = 3,

    /// <summary>Text that is matched whole before any merge.</summary>
    UserDefined = 4,

    /// <summary>Text that the vocabulary left out.</summary>
    Unused = 5,

    /// <summary>One byte of a character that no piece covers: <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}
