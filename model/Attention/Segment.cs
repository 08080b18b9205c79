namespace VisualChat.Model.Attention;

/// <summary>Neighbouring rows of one kind in one sample that see the same number of rows of the other kind.</summary>
/// <param name="Length">How many rows.</param>
/// <param name="OthersBefore">How many rows of the other kind stand before them in the sample.</param>
internal readonly record struct Segment(int Length, int OthersBefore);
