namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>How a line could continue.</summary>
/// <param name="Start">Where the text to replace begins; it ends at the cursor.</param>
/// <param name="Candidates">
/// What could take its place: as it is put into the line, and as it is shown in a list.
/// </param>
internal sealed record LineCompletion(int Start, IReadOnlyList<(string Text, string Shown)> Candidates);
