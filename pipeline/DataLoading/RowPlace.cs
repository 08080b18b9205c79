namespace VisualChat.Pipeline.DataLoading;

/// <summary>The place of a sample in the files of a split.</summary>
/// <param name="Group">The number of the row group, counted across all files of the split.</param>
/// <param name="Row">The row in the group.</param>
internal readonly record struct RowPlace(int Group, int Row);
