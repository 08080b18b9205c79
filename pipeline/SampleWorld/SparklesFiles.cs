using System.Text.Json;
using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>SparklesDialogue's two folders of annotations and images.</summary>
internal static class SparklesFiles
{
    private const long IdPrime = 9_999_991;
    private const long IdFactor = 48_271;

    /// <summary>Writes <c>SparklesDialogueCC</c> or <c>SparklesDialogueVG</c>.</summary>
    /// <returns>Number of images.</returns>
    public static int Write(string directory, string set, long seed, int records, CancellationToken cancellation)
    {
        string folder = Path.Combine(directory, set);
        Directory.CreateDirectory(Path.Combine(folder, "annotations"));
        WorldFile.WriteJson(Path.Combine(folder, "annotations", set + ".json"), writer =>
        {
            writer.WriteStartArray();
            for (int ordinal = 0; ordinal < records; ordinal++)
            {
                cancellation.ThrowIfCancellationRequested();
                WriteDialogue(writer, Draw(seed, set, ordinal));
                writer.FlushIfFull();
            }

            writer.WriteEndArray();
        });
        return RenderQueue.IntoFolder(
            Path.Combine(folder, "images"),
            Enumerable.Range(0, records)
                .SelectMany(ordinal => Draw(seed, set, ordinal).Messages)
                .SelectMany(message => message.Images)
                .Select(image => ($"{image.Id}", image.Scene)),
            cancellation);
    }

    private static SparklesDrawing Draw(long seed, string set, int ordinal)
    {
        long[] ids =
        [
            .. Enumerable.Range(1, SparklesDrawing.MostImages)
                .Select(image => (((long)ordinal * SparklesDrawing.MostImages) + image) * IdFactor % IdPrime),
        ];
        var random = new KeyedRandom(seed, set, ordinal, "dialogue");
        return SparklesDrawing.Draw(ref random, ids);
    }

    private static void WriteDialogue(Utf8JsonWriter writer, SparklesDrawing dialogue)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("dialogue");
        foreach (SparklesMessage message in dialogue.Messages)
        {
            writer.WriteStartObject();
            writer.WriteString("role", message.Role);
            writer.WriteString("content", message.Content);
            if (message.Images.Count > 0)
                WriteImages(writer, message.Images);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteImages(Utf8JsonWriter writer, IReadOnlyList<SparklesImage> images)
    {
        writer.WriteStartArray("images");
        foreach (SparklesImage image in images)
        {
            writer.WriteStartObject();
            writer.WriteNumber("image_id", image.Id);
            writer.WriteString("caption", $"The image shows {Wording.Contents(image.Scene)}.");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
