namespace VisualChat.Pipeline.Inspection;

/// <summary>Neighbouring ids of one kind, as text.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Text">What they decode to; the name of a control piece stands for itself.</param>
/// <param name="Tokens">How many ids.</param>
internal sealed record TokenSpan(SpanKind Kind, string Text, int Tokens);
