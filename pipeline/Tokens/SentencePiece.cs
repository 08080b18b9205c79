namespace VisualChat.Pipeline.Tokens;

/// <summary>One piece of a vocabulary; its id is its place.</summary>
/// <param name="Text">The piece as the model spells it, a space written as ▁ (U+2581).</param>
/// <param name="Score">Merges into pieces of a higher score come first.</param>
/// <param name="Kind">What it stands for.</param>
internal readonly record struct SentencePiece(string Text, float Score, PieceKind Kind);
