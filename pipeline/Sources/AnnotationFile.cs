namespace VisualChat.Pipeline.Sources;

/// <summary>One of a dataset's annotation files.</summary>
/// <param name="Name">The file relative to the data root, as labels show it.</param>
/// <param name="FirstOrdinal">Records in the dataset's files before this one.</param>
internal readonly record struct AnnotationFile(string Name, int FirstOrdinal);
