namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>One annotation file of a dataset, and where its images are.</summary>
/// <param name="Annotations">The file, relative to the data root.</param>
/// <param name="AnnotationsFrom">Where the file is published; empty for a user's own.</param>
/// <param name="Images">Folder or file of the images, relative to the data root.</param>
/// <param name="ImagesFrom">Where the images are published; empty for a user's own.</param>
internal sealed record DatasetFile(string Annotations, string AnnotationsFrom, string Images, string ImagesFrom);
