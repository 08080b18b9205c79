namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>A round with every choice made.</summary>
/// <param name="Question">What is asked.</param>
/// <param name="Answer">What is answered.</param>
/// <param name="Images">How many images the round shows.</param>
internal readonly record struct ComposedRound(string Question, string Answer, int Images);
