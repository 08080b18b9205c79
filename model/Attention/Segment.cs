namespace VisualChat.Model.Attention;

/// <summary>
/// Neighbouring rows of one kind in one sample that have the same number of rows of the other kind
/// before them.
/// </summary>
/// <param name="Length">How many rows.</param>
/// <param name="OtherRowsBefore">
/// Rows of the other kind that stand before them in the sample.
/// </param>
internal readonly record struct Segment(int Length, int OtherRowsBefore);
