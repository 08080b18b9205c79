using System.Buffers.Binary;
using System.Text.Json;

namespace VisualChat.Integration.Tests.Golden;

/// <summary>
/// A short training of the quick start, frozen: the files of a checkpoint, their shapes and keys,
/// the log's keys and the losses. <see cref="GoldenFile"/> says how to renew them.
/// </summary>
public sealed class TrainingGoldenTests : IDisposable
{
    /// <summary>
    /// libtorch picks its kernels by the processor (AVX-512, AVX2 or neither), and each sums in
    /// another order. Between these kinds the losses of this training were up to 4e-7 apart, the
    /// gradients' norms up to 1e-6. Another order of samples, a wrong mask or a missing scale
    /// changes the second or third digit.
    /// </summary>
    private const double LossTolerance = 2e-5;

    private const double NormTolerance = 1e-4;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Checkpoints_have_the_same_files_keys_and_shapes_and_the_log_the_same_keys_and_losses()
    {
        string[] arguments =
        [
            "train", RepositoryFolder.File("recipes/quickstart.yaml"), "--out", "out", "--device", "cpu",
            "--set", "data.sample_world.samples=60", "--max-steps", "4",
        ];
        VisualChatProgram.Run(_folder, arguments).ShouldExitWith(0);

        GoldenFile.ShouldHold("training/files.txt", Files());
        string checkpoint = _folder.File("out/checkpoints/step-00000004");
        GoldenFile.ShouldHold("training/config.json", File.ReadAllText(Path.Combine(checkpoint, "config.json")));
        GoldenFile.ShouldHold("training/recipe.yaml", File.ReadAllText(Path.Combine(checkpoint, "recipe.yaml")));
        string state = File.ReadAllText(Path.Combine(checkpoint, "state.json"));
        GoldenFile.ShouldHold("training/state-keys.txt", KeysOf(state));
        foreach (string file in new[] { "model", "optimizer" })
            GoldenFile.ShouldHold($"training/{file}.txt", TensorsOf(Path.Combine(checkpoint, $"{file}.safetensors")));

        JsonElement[] lines = [.. File.ReadLines(_folder.File("out/training.jsonl")).Select(Parse)];
        GoldenFile.ShouldHold("training/log-keys.txt", lines.Select(KeysOf));
        GoldenFile.ShouldHold("training/log-counts.txt", lines.Select(Counts));
        GoldenFile.ShouldHold("training/losses.txt", NumbersOf(lines, "loss"), LossTolerance);
        GoldenFile.ShouldHold("training/gradient-norms.txt", NumbersOf(lines, "gradient_norm"), NormTolerance);
    }

    private IEnumerable<string> Files() =>
        Directory.EnumerateFiles(_folder.File("out"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(_folder.File("out"), path))
            .Select(name => name.Contains("tfevents") ? "tensorboard/events.out.tfevents" : name)
            .Order(StringComparer.Ordinal);

    private static string KeysOf(JsonElement line) =>
        string.Join(' ', line.EnumerateObject().Select(value => value.Name));

    /// <summary>Every key with its place, and the kind of its value.</summary>
    private static IEnumerable<string> KeysOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. Walk("", document.RootElement)];

        static IEnumerable<string> Walk(string place, JsonElement element) =>
            element.ValueKind == JsonValueKind.Object
                ? element.EnumerateObject().SelectMany(value => Walk($"{place}/{value.Name}", value.Value))
                : [$"{place} {element.ValueKind}"];
    }

    /// <summary>
    /// Name, type and shape of a safetensors file's tensors, in the file's order, and its metadata.
    /// </summary>
    private static IEnumerable<string> TensorsOf(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, length));
        return [.. header.RootElement.EnumerateObject().Select(tensor => $"{tensor.Name} {tensor.Value.GetRawText()}")];
    }

    private static string Counts(JsonElement line)
    {
        string[] keys =
        [
            "kind", "step", "steps", "epoch", "learning_rate",
            "samples", "images", "labels", "label_tokens", "positions", "is_best",
        ];
        IEnumerable<string> present = keys.Where(key => line.TryGetProperty(key, out _));
        return string.Join(' ', present.Select(key => $"{key}={line.GetProperty(key)}"));
    }

    private static double[] NumbersOf(JsonElement[] lines, string key) =>
        [.. lines.Where(line => line.TryGetProperty(key, out _)).Select(line => line.GetProperty(key).GetDouble())];

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
