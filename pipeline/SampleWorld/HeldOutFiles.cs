using System.Text.Json;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Closed questions about scenes that training never shows, in the released evaluation's format,
/// with their answers. <c>questions.json</c> maps a name to rounds, each its question and the
/// images it brings; <c>answers.json</c> maps the name to the rounds' answers.
/// </summary>
internal static class HeldOutFiles
{
    /// <summary>The folder in a world's.</summary>
    public const string Folder = "heldout";

    private const int Fewest = 50;

    /// <summary>Number of entries beside a world of some records.</summary>
    public static int CountFor(int samples) => Math.Max(Fewest, samples / 10);

    /// <summary>Writes questions, answers and images.</summary>
    /// <returns>Number of rounds.</returns>
    public static (int Rounds, int Images) Write(
        string directory, long seed, int entries, CancellationToken cancellation)
    {
        string folder = Path.Combine(directory, Folder);
        Directory.CreateDirectory(folder);
        int rounds = 0;
        WorldFile.WriteJson(Path.Combine(folder, "questions.json"), writer => WriteEach(writer, (name, entry) =>
        {
            for (int round = 0; round < entry.Rounds.Count; round++)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(entry.Rounds[round].Question);
                if (round == 0)
                    writer.WriteStringValue(
                        string.Join(' ', entry.Scenes.Select((_, image) => $"images/{ImageName(name, image)}.jpg")));
                writer.WriteEndArray();
                rounds++;
            }
        }));
        WorldFile.WriteJson(Path.Combine(folder, "answers.json"), writer => WriteEach(writer, (_, entry) =>
        {
            foreach (Round round in entry.Rounds)
                writer.WriteStringValue(round.Answer);
        }));
        int images = RenderQueue.IntoFolder(
            Path.Combine(folder, "images"),
            Enumerable.Range(0, entries)
                .Select(ordinal => HeldOutEntry.Draw(seed, ordinal))
                .SelectMany(entry => entry.Scenes.Select((scene, image) => (ImageName(entry.Name, image), scene))),
            cancellation);
        return (rounds, images);

        void WriteEach(Utf8JsonWriter writer, Action<string, HeldOutEntry> write)
        {
            writer.WriteStartObject();
            for (int ordinal = 0; ordinal < entries; ordinal++)
            {
                cancellation.ThrowIfCancellationRequested();
                HeldOutEntry entry = HeldOutEntry.Draw(seed, ordinal);
                writer.WriteStartArray(entry.Name);
                write(entry.Name, entry);
                writer.WriteEndArray();
                writer.FlushIfFull();
            }

            writer.WriteEndObject();
        }
    }

    /// <summary>The name of an entry's image, from 0, without its extension.</summary>
    public static string ImageName(string entry, int image) => $"{entry}-{image + 1}";
}
