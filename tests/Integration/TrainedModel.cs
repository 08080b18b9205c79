namespace VisualChat.Integration.Tests;

/// <summary>
/// A model that was trained for some seconds, pictures, and questions about them.
/// </summary>
public sealed class TrainedModel : IDisposable
{
    /// <summary>The checkpoint.</summary>
    public const string Checkpoint = "run/checkpoints/best";

    /// <summary>A file of eight conversations of three rounds.</summary>
    public const string Questions = "questions.json";

    /// <summary>Trains it.</summary>
    public TrainedModel()
    {
        Folder = SampleTraining.Make();
        SampleTraining.WriteRecipe(Folder, isBetweenTowers: true);
        VisualChatProgram.Run(Folder, "train", SampleTraining.Recipe, "--out", "run").ShouldExitWith(0);
        for (int level = 0; level < 4; level++)
            Folder.Write($"gray {level}.ppm", GrayPicture((byte)(60 * level)));
        Folder.Write(Questions, $"{{{string.Join(", ", Enumerable.Range(0, 8).Select(Conversation))}}}");

        static byte[] GrayPicture(byte level) => [.. "P6\n24 24\n255\n"u8, .. Enumerable.Repeat(level, 3 * 24 * 24)];

        static string Conversation(int number) => $$"""
            "talk {{number}}": [
              ["What is in these, and in which order?", ["gray {{number % 4}}.ppm", "gray 1.ppm"]],
              ["Which is number {{number}}?"],
              ["And what is this?", "gray 2.ppm"]
            ]
            """;
    }

    /// <summary>JPEG files of the world it was trained on.</summary>
    public IReadOnlyList<string> Images =>
    [
        .. Directory.EnumerateFiles(Folder.File("cache"), "*.jpg", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Take(6),
    ];

    /// <summary>Where all of it is.</summary>
    internal TestFolder Folder { get; }

    /// <summary>One of the JPEG files as a request shows it.</summary>
    public string DataUri(int image) => DataUri(Images[image]);

    /// <summary>A JPEG file as a request shows it.</summary>
    public string DataUri(string path) =>
        $"data:image/jpeg;base64,{Convert.ToBase64String(File.ReadAllBytes(Folder.File(path)))}";

    /// <summary>The arguments of a command that opens it and has it choose freely.</summary>
    internal static string[] Arguments(string command, params string[] more) =>
    [
        command, SampleTraining.Recipe, "--checkpoint", Checkpoint, "--device", "cpu",
        "--temperature", "0.9", "--seed", "5", "--max-tokens", "24", .. more,
    ];

    /// <inheritdoc/>
    public void Dispose() => Folder.Dispose();
}
