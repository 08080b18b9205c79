namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// What a piece of a SentencePiece vocabulary stands for; the numbers are those of
/// <c>sentencepiece_model.proto</c>.
/// </summary>
internal enum PieceKind
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>What is in no piece.</summary>
    Unknown = 2,

    /// <summary>
    /// A mark without text, such as the begin of a sentence; never made from text.
    /// </summary>
    Control = 3,

    /// <summary>Text that is matched whole before any merge.</summary>
    UserDefined = 4,

    /// <summary>Text that training left out.</summary>
    Unused = 5,

    /// <summary>One byte of a character that is in no piece: <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}
