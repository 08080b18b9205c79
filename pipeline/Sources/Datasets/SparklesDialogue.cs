using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>SparklesDialogue: multi-round, multi-image dialogues over Conceptual Captions and Visual Genome.</summary>
internal static class SparklesDialogue
{
    private const string From = "https://github.com/HYPJUDY/Sparkles";

    public static DatasetDefinition Definition { get; } =
        new("sparkles_dialogue", new SparklesFormat(), [File("SparklesDialogueCC"), File("SparklesDialogueVG")])
        {
            FileNameOf = static key => $"{key}.jpg",
        };

    private static DatasetFile File(string set) => new($"{set}/annotations/{set}.json", From, $"{set}/images", From);
}
