using VisualChat.Pipeline.Sources.Indexes;

namespace VisualChat.Pipeline.Sources;

/// <summary>An indexed annotation file whose image keys have become images.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">The file relative to the data root, as labels show it.</param>
/// <param name="Index">Its records.</param>
/// <param name="FirstOrdinal">Records in the dataset's files before this one.</param>
/// <param name="ImageOf">
/// [keys] Number in the image table; negative: -1 - number of the problem.
/// </param>
internal sealed record ResolvedFile(string Path, string Name, AnnotationIndex Index, int FirstOrdinal, int[] ImageOf)
{
    /// <summary>The label of a record by its row in the index.</summary>
    public string LabelOf(int row) =>
        Index.IdOf[row] < 0 ? LabelAt(Index.Ordinals[row]) : Index.Ids.TextOf(Index.IdOf[row]);

    /// <summary>The label of a record without an id of its own.</summary>
    public string LabelAt(int ordinal) => $"{Name}[{ordinal}]";
}
