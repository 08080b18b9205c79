using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// LLaVA's three annotation files. Their records take the pictures in turn, so every picture has
/// one or two records.
/// </summary>
internal static class LlavaFiles
{
    public static void Write(
        string directory,
        CocoPictures pictures,
        WorldCounts counts,
        SampleWorldSettings world,
        CancellationToken cancellation)
    {
        string folder = Path.Combine(directory, "llava");
        Directory.CreateDirectory(folder);
        WriteFile(
            "detail_23k.json", counts.Detail, 0, (ref random, scene) => [PictureRounds.Detail(ref random, scene)]);
        WriteFile(
            "complex_reasoning_77k.json",
            counts.Reasoning,
            counts.Detail,
            (ref random, scene) => [PictureRounds.Reasoning(ref random, scene)]);
        WriteFile(
            "conversation_58k.json",
            counts.Dialogue,
            counts.Detail + counts.Reasoning,
            (ref random, scene) => PictureRounds.Dialogue(ref random, scene, world.Brief, world.Described));

        void WriteFile(string name, int records, int firstPicture, Asker ask) =>
            WorldFile.WriteJson(Path.Combine(folder, name), writer =>
        {
            writer.WriteStartArray();
            for (int ordinal = 0; ordinal < records; ordinal++)
            {
                cancellation.ThrowIfCancellationRequested();
                int picture = (firstPicture + ordinal) % pictures.Count;
                var random = new KeyedRandom(pictures.Seed, name, ordinal, "text");
                WriteRecord(
                    writer,
                    CocoPictures.Name(picture),
                    ask(ref random, pictures.Picture(picture)),
                    markFirst: random.Next(2) == 0);
                writer.FlushIfFull();
            }

            writer.WriteEndArray();
        });
    }

    private static void WriteRecord(Utf8JsonWriter writer, string picture, IReadOnlyList<Round> rounds, bool markFirst)
    {
        writer.WriteStartObject();
        writer.WriteString("id", picture);
        writer.WriteString("image", picture + ".jpg");
        writer.WriteStartArray("conversations");
        for (int round = 0; round < rounds.Count; round++)
        {
            string question = rounds[round].Question;
            if (round == 0)
                question = markFirst ? "<image>\n" + question : question + "\n<image>";
            WriteTurn(writer, "human", question);
            WriteTurn(writer, "gpt", rounds[round].Answer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteTurn(Utf8JsonWriter writer, string speaker, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("from", speaker);
        writer.WriteString("value", text);
        writer.WriteEndObject();
    }

    private delegate IReadOnlyList<Round> Asker(ref KeyedRandom random, Scene scene);
}
