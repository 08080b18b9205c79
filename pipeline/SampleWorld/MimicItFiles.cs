using System.Text.Json;
using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// MIMIC-IT's five pairs of files. Instructions come in groups of one to three over the same
/// images, related by <c>rel_ins_ids</c>.
/// </summary>
internal static class MimicItFiles
{
    private const int MostInstructionsAGroup = 3;

    /// <summary>
    /// CGD's instructions, over COCO's pictures: what differs in a pair, and how general scenes
    /// compare.
    /// </summary>
    public static void WriteCgd(string directory, CocoPictures pictures, int records, CancellationToken cancellation)
    {
        WriteInstructions(directory, "CGD", pictures.Seed, records, Group, Id, cancellation);

        Episode Group(int group, int rounds)
        {
            var random = new KeyedRandom(pictures.Seed, "CGD", group, "episode");
            int first = Picture(group, 0), second = Picture(group, 1);
            return first / 2 == second / 2
                ? pictures.Pair(first / 2).Ask(ref random, rounds)
                : new UnrelatedPair(pictures.Picture(first), pictures.Picture(second)).Ask(ref random, rounds);
        }

        // A pair, or in every third group a picture and one of the next pair: no longer chain, so
        // that a split by image can tell images apart.
        int Picture(int group, int image) =>
            ((2 * (group % pictures.Pairs)) + image + (group % 3 == 2 ? image : 0)) % pictures.Count;

        string Id(int group, int image) => $"CGD_IMG_{CocoPictures.Name(Picture(group, image))}";
    }

    /// <summary>A set's instructions, and its images as base64.</summary>
    /// <returns>Number of images.</returns>
    public static int Write(string directory, string set, long seed, int records, CancellationToken cancellation)
    {
        EpisodeDrawing draw = set switch
        {
            "SD" => (ref random, rounds) => Comparison.Subtle(ref random).Ask(ref random, rounds),
            "SN" => (ref random, rounds) => Room.Draw(ref random).Ask(ref random, rounds),
            "TVC" => (ref random, rounds) => Clip.Draw(ref random).Ask(ref random, rounds),
            _ => (ref random, rounds) => Tale.Draw(ref random).Ask(ref random, rounds),
        };
        Episode Group(int group, int rounds)
        {
            var random = new KeyedRandom(seed, set, group, "episode");
            return draw(ref random, rounds);
        }

        string Id(int group, int image) => $"{set}_IMG_{group:D6}_{image + 1}";
        int groups = WriteInstructions(directory, set, seed, records, Group, Id, cancellation);
        int images = 0;
        WorldFile.WriteJson(Path.Combine(directory, "MIMIC-IT", set + ".json"), writer =>
        {
            writer.WriteStartObject();
            images = RenderQueue.InOrder(
                Enumerable.Range(0, groups)
                    .SelectMany(group => Group(group, 1).Scenes.Select((scene, image) => (Id(group, image), scene))),
                (id, jpeg) =>
                {
                    writer.WriteBase64String(id, jpeg);
                    writer.FlushIfFull();
                },
                cancellation);
            writer.WriteEndObject();
        });
        return images;
    }

    private static int WriteInstructions(
        string directory,
        string set,
        long seed,
        int records,
        Func<int, int, Episode> draw,
        Func<int, int, string> imageId,
        CancellationToken cancellation)
    {
        string folder = Path.Combine(directory, "MIMIC-IT");
        Directory.CreateDirectory(folder);
        int group = 0;
        WorldFile.WriteJson(Path.Combine(folder, set + "_instructions.json"), writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("meta");
            writer.WriteString("version", "0.0.1");
            writer.WriteString("time", "2023-06");
            writer.WriteString("author", "visualchat sample-data");
            writer.WriteEndObject();
            writer.WriteStartObject("data");
            for (int written = 0; written < records; group++)
            {
                cancellation.ThrowIfCancellationRequested();
                var random = new KeyedRandom(seed, set, group, "group");
                int wanted = Math.Min(random.NextInclusive(1, MostInstructionsAGroup), records - written);
                Episode episode = draw(group, wanted);
                for (int round = 0; round < episode.Rounds.Count; round++)
                    WriteInstruction(writer, set, written, round, episode, image => imageId(group, image));
                written += episode.Rounds.Count;
                writer.FlushIfFull();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        });
        return group;
    }

    private static void WriteInstruction(
        Utf8JsonWriter writer, string set, int first, int round, Episode episode, Func<int, string> imageId)
    {
        string Key(int other) => $"{set}_INS_{first + other:D6}";
        writer.WriteStartObject(Key(round));
        writer.WriteString("instruction", episode.Rounds[round].Question);
        writer.WriteString("answer", episode.Rounds[round].Answer);
        writer.WriteStartArray("image_ids");
        for (int image = 0; image < episode.Scenes.Count; image++)
            writer.WriteStringValue(imageId(image));
        writer.WriteEndArray();
        writer.WriteStartArray("rel_ins_ids");
        for (int other = 0; other < episode.Rounds.Count; other++)
        {
            if (other != round)
                writer.WriteStringValue(Key(other));
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private delegate Episode EpisodeDrawing(ref KeyedRandom random, int rounds);
}
