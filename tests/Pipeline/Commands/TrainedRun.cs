using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Commands;

/// <summary>
/// A folder with a recipe of a few seconds and what <c>train</c> made of it, without a command
/// line.
/// </summary>
public sealed class TrainedRun : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;

    internal RecipeOptions Recipe => new(InRoot("recipe.yaml"), []);

    internal IndexCache Cache => new(new CacheFolder(InRoot("cache")));

    internal string Shards => InRoot("run/shards");

    internal string Checkpoint => InRoot("run/checkpoints/best");

    internal int ExitStatus { get; private set; }

    internal string Output { get; private set; } = "";

    internal string Error { get; private set; } = "";

    public async Task InitializeAsync()
    {
        string tokenizer = Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model");
        File.WriteAllText(InRoot("recipe.yaml"), $$"""
            name: test
            seed: 5
            data:
              sources: [{ name: llava, concatenate: 2 }, { name: otter_mimicit_cgd }]
              max_sequence_tokens: 512
              validation: { fraction: 0.15, by: image }
              sample_world: { samples: 60, seed: 7 }
            tokenizer: {{tokenizer}}
            template: { system: "" }
            images: { size: 24 }
            model:
              vision:
                { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, patch_size: 12 }
              language: { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2 }
              trainable: all
              dtype: float32
            training: { batch: 6, micro_batch: 3, learning_rate: 1.0e-3 }
            """);
        using var console = new TestConsole();
        var options = new TrainOptions
        {
            Recipe = Recipe,
            Output = InRoot("run"),
            Device = "cpu",
            Json = true,
            Cache = Cache,
        };

        ExitStatus = await TrainCommand.RunAsync(options, console.Streams, CancellationToken.None);
        (Output, Error) = (console.Output, console.Error);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    internal string InRoot(string name) => Path.Combine(_root, name);
}
