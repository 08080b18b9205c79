using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>
/// Multi-round, multi-image dialogues over Conceptual Captions and Visual Genome.
/// </summary>
internal static class SparklesDatasets
{
    private const string From = "https://github.com/HYPJUDY/Sparkles";

    public static DatasetDefinition Dialogue { get; } = new(
        "sparkles_dialogue",
        new SparklesFormat(),
        [File("SparklesDialogueCC"), File("SparklesDialogueVG")])
    {
        OtherNamesOf = CollectionNames.InVisualGenome,
    };

    private static DatasetFile File(string set) =>
        new($"{set}/annotations/{set}.json", From, $"{set}/images", From);
}
