namespace VisualChat.Pipeline.Inspection;

/// <summary>One bar of the histogram of sample lengths.</summary>
/// <param name="From">Shortest length counted, in positions.</param>
/// <param name="To">Longest length counted.</param>
/// <param name="Samples">How many samples are as long.</param>
internal sealed record LengthBin(int From, int To, int Samples);
