namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>One annotation file of a dataset, and where its images are.</summary>
/// <param name="Annotations">The file, relative to the data root.</param>
/// <param name="AnnotationsFrom">Where it is published.</param>
/// <param name="Images">Folder or file of its images, relative to the data root.</param>
/// <param name="ImagesFrom">Where they are published.</param>
internal sealed record DatasetFile(string Annotations, string AnnotationsFrom, string Images, string ImagesFrom);
