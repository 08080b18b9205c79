namespace VisualChat.Integration.Tests;

/// <summary>
/// A training of a few seconds on a small sample world: a whole model that learns, with checkpoints
/// in the middle of epochs.
/// </summary>
internal static class SampleTraining
{
    /// <summary>The recipe's file.</summary>
    public const string Recipe = "train.yaml";

    /// <summary>The quick start's vision tower.</summary>
    public static readonly string Vision = Path.Combine(AppContext.BaseDirectory, "Data", "towers", "vision");

    private const string TinyVision =
        "{ hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, patch_size: 12 }";

    private const string TinyLanguage =
        "{ hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2 }";

    private const string Training =
        "epochs: 4, batch: 6, micro_batch: 3, learning_rate: 1.0e-3, evaluate_every: epoch, checkpoint_every: 4";

    /// <summary>Writes the recipe into a folder.</summary>
    public static TestFolder Make()
    {
        var folder = new TestFolder();
        WriteRecipe(folder);
        return folder;
    }

    /// <summary>Writes the recipe.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="extraTraining">More keys of <c>training</c>, each after a comma.</param>
    /// <param name="isBetweenTowers">
    /// Whether the projection is trained between the quick start's towers, whose decoder speaks in
    /// sentences. Otherwise a tiny model is trained from random weights.
    /// </param>
    public static void WriteRecipe(TestFolder folder, string extraTraining = "", bool isBetweenTowers = false)
    {
        string towers = Path.Combine(AppContext.BaseDirectory, "Data", "towers");
        (string vision, string language) = isBetweenTowers
            ? (Vision, Path.Combine(towers, "language"))
            : (TinyVision, TinyLanguage);
        string tokenizer = Path.Combine(AppContext.BaseDirectory, "Data", "tokenizer.model");
        folder.Write(Recipe, $$"""
            name: test
            seed: 5
            data:
              sources:
                - { name: llava, concatenate: 2 }
                - { name: otter_mimicit_cgd }
              max_sequence_tokens: 512
              validation: { fraction: 0.15, by: image }
              sample_world: { samples: 120, seed: 7 }
            tokenizer: {{tokenizer}}
            template: { system: "" }
            images: { size: {{(isBetweenTowers ? 96 : 24)}} }
            model:
              vision: {{vision}}
              language: {{language}}
              trainable: {{(isBetweenTowers ? "[projection, embeddings]" : "all")}}
              dtype: float32
            training: { {{Training}}{{extraTraining}} }
            """);
    }

    /// <summary>The losses of a run's steps, as its log has them.</summary>
    public static string[] LossesOf(TestFolder folder, string output) =>
    [
        .. File.ReadLines(folder.File($"{output}/training.jsonl"))
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .Select(line => $"{line.GetProperty("kind")} {line.GetProperty("step")} {line.GetProperty("loss")}"),
    ];

    /// <summary>The newest checkpoint of a run.</summary>
    public static string NewestCheckpoint(TestFolder folder, string output) =>
        Directory.GetDirectories(folder.File($"{output}/checkpoints"), "step-*").Order(StringComparer.Ordinal).Last();
}
