using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>A dataset that recipes name, or a user's own.</summary>
/// <param name="Name">The name recipes use.</param>
/// <param name="Format">How its files are parsed.</param>
/// <param name="Files">Its files, by default.</param>
internal sealed record DatasetDefinition(string Name, RecordFormat Format, IReadOnlyList<DatasetFile> Files)
{
    /// <summary>The file name of an image key, for datasets whose images are files.</summary>
    public Func<string, string> FileNameOf { get; init; } = Format.FileNameOf;

    /// <summary>
    /// Other names that the dataset's convention gives the image of a file name, asked only when
    /// there is nothing under the first. Each is the same image, never a like one.
    /// </summary>
    public Func<string, IEnumerable<string>> OtherNamesOf { get; init; } = CollectionNames.OtherNamesOf;
}
