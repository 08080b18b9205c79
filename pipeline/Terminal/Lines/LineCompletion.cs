namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>How a line could go on.</summary>
/// <param name="Start">Where what would be replaced begins; it ends at the cursor.</param>
/// <param name="Candidates">What could take its place, whole: as it is put into the line, and as it is shown in a list.</param>
internal sealed record LineCompletion(int Start, IReadOnlyList<(string Text, string Shown)> Candidates);
