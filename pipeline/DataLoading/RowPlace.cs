namespace VisualChat.Pipeline.DataLoading;

/// <summary>Where a sample lies.</summary>
/// <param name="Group">The row group's number through all files of the split.</param>
/// <param name="Row">The row in it.</param>
internal readonly record struct RowPlace(int Group, int Row);
