using System.Text;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// A synthetic world in the nine datasets' own formats: drawn scenes, and questions and answers
/// that follow from their facts. Everything is a function of the settings, file by file the same
/// bytes; a record is a function of (seed, dataset, ordinal) and of its picture. Costs one rendered
/// picture per image, on all cores, and holds one batch of pictures, whatever the world's size.
/// </summary>
internal static class WorldWriter
{
    /// <summary>
    /// Raised when the same seed and number of records give other files than before.
    /// </summary>
    public const int FormatVersion = 2;

    private const string MarkerName = "sample-world.json";

    // All that a world writes: an earlier world in the same folder is cleared of these, and nothing
    // else is touched.
    private static readonly string[] Folders =
    [
        "coco", "llava", "MIMIC-IT", "SparklesDialogueCC", "SparklesDialogueVG", "heldout",
    ];

    /// <summary>Writes a world, in place of an earlier one in the same folder.</summary>
    /// <param name="directory">The data root to make.</param>
    /// <param name="world">What it has; held-out questions come on top of its records.</param>
    /// <param name="cancellation">
    /// Stops between pictures or records; a later call starts over.
    /// </param>
    /// <exception cref="InputException">
    /// The number of records is out of range, or the folder holds something other than a world.
    /// </exception>
    /// <exception cref="IOException">The storage failed.</exception>
    public static WorldSummary Write(string directory, SampleWorldSettings world, CancellationToken cancellation)
    {
        (int samples, long seed) = (world.Samples, world.Seed);
        if (samples is < WorldCounts.Fewest or > WorldCounts.Most)
        {
            throw new InputException(
                $"--samples is {samples}; it must be between {WorldCounts.Fewest} and {WorldCounts.Most}.");
        }

        string root = Path.GetFullPath(directory);
        Clear(root);

        WorldCounts counts = WorldCounts.Of(world);
        var pictures = new CocoPictures(seed, counts.Pairs, world.Objects);
        WriteMarker(root, samples, seed);
        LlavaFiles.Write(root, pictures, counts, world, cancellation);
        MimicItFiles.WriteCgd(root, pictures, counts.Cgd, cancellation);
        int images = RenderQueue.IntoFolder(Path.Combine(root, "coco", "train2017"), pictures.All(), cancellation);
        images += MimicItFiles.Write(root, "SD", seed, counts.Sd, cancellation);
        images += MimicItFiles.Write(root, "SN", seed, counts.Sn, cancellation);
        images += MimicItFiles.Write(root, "TVC", seed, counts.Tvc, cancellation);
        images += MimicItFiles.Write(root, "VST", seed, counts.Vst, cancellation);
        images += SparklesFiles.Write(root, "SparklesDialogueCC", seed, counts.SparklesCc, cancellation);
        images += SparklesFiles.Write(root, "SparklesDialogueVG", seed, counts.SparklesVg, cancellation);
        (int heldOutQuestions, int heldOutImages) = HeldOutFiles.Write(
            root, seed, HeldOutFiles.CountFor(samples), cancellation);
        var records = new Dictionary<string, int>
        {
            ["llava"] = counts.Detail + counts.Reasoning,
            ["llava_dial"] = counts.Dialogue,
            ["otter_mimicit_cgd"] = counts.Cgd,
            ["otter_mimicit_sd"] = counts.Sd,
            ["otter_mimicit_sn"] = counts.Sn,
            ["otter_mimicit_tvc"] = counts.Tvc,
            ["otter_mimicit_vst"] = counts.Vst,
            ["sparkles_dialogue"] = counts.SparklesCc + counts.SparklesVg,
        };
        return new WorldSummary(root, seed, samples, records, images, heldOutQuestions, heldOutImages);
    }

    private static void Clear(string root)
    {
        if (File.Exists(root))
            throw new InputException($"{root} is a file; name a folder for the sample data.");
        bool isWorld = File.Exists(Path.Combine(root, MarkerName));
        if (Directory.Exists(root) && !isWorld && Directory.EnumerateFileSystemEntries(root).Any())
        {
            throw new InputException(
                $"{root} is not empty and has no {MarkerName}, so it is no earlier sample data; " +
                "name a new or empty folder.");
        }

        Directory.CreateDirectory(root);
        AtomicFile.RemoveUnfinished(root);
        foreach (string folder in Folders.Select(folder => Path.Combine(root, folder)).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }

    private static void WriteMarker(string root, int samples, long seed)
    {
        // The marker comes first: an interrupted world can be written again.
        WorldFile.WriteJson(
            Path.Combine(root, MarkerName),
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("format", FormatVersion);
                writer.WriteNumber("samples", samples);
                writer.WriteNumber("seed", seed);
                writer.WriteEndObject();
            },
            indented: true);
        string command = $"visualchat sample-data DIR --samples {samples} --seed {seed}";
        const string MimicIt =
            "CGD: differences between the pairs in `coco`; SD: pairs that differ in one or two objects; " +
            "SN: views of a room; TVC: frames of a movement; VST: pictures of a story";
        const string HeldOut =
            "questions with one short answer about arrangements that no training picture shows: " +
            "`questions.json`, `answers.json`, `images`";
        WorldFile.Write(Path.Combine(root, "README.md"), Encoding.UTF8.GetBytes($"""
            # Sample data

            A synthetic data root for `visualchat`, {samples} records in the nine datasets' formats, written by
            `{command}`. Pictures are drawn; questions and answers follow from what was drawn.

            | folder | what it holds |
            | --- | --- |
            | `llava` | descriptions, questions to reason about and dialogues over the pictures in `coco` |
            | `coco` | pictures in pairs that differ in one object |
            | `MIMIC-IT` | {MimicIt} |
            | `SparklesDialogueCC`, `SparklesDialogueVG` | dialogues over several pictures |
            | `heldout` | {HeldOut} |

            Running the command again replaces these folders.

            """));
    }
}
