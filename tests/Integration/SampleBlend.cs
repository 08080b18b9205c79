using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Integration.Tests;

/// <summary>
/// A small sample world and a recipe over its nine sets, cut into many small shards.
/// </summary>
internal static class SampleBlend
{
    /// <summary>The recipe's file.</summary>
    public const string Recipe = "recipe.yaml";

    /// <summary>The data root.</summary>
    public const string World = "world";

    /// <summary>Writes both into a folder.</summary>
    public static TestFolder Make(int samples)
    {
        var folder = new TestFolder();
        WorldWriter.Write(folder.File(World), new() { Samples = samples, Seed = 7 }, CancellationToken.None);
        WriteRecipe(folder, Recipe, seed: 3);
        return folder;
    }

    /// <summary>Writes the recipe with a seed.</summary>
    public static void WriteRecipe(TestFolder folder, string name, int seed)
    {
        string tokenizer = Path.Combine(AppContext.BaseDirectory, "Data", "tokenizer.model");
        folder.Write(name, $$"""
            name: test
            seed: {{seed}}
            data:
              sources:
                - { name: llava, concatenate: 3 }
                - { name: llava_dial, concatenate: 2 }
                - { name: otter_mimicit_cgd }
                - { name: otter_mimicit_sd }
                - { name: otter_mimicit_sn }
                - { name: otter_mimicit_tvc }
                - { name: otter_mimicit_vst }
                - { name: llava_otter_blend, follow_up: true }
                - { name: sparkles_dialogue }
            tokenizer: {{tokenizer}}
            images: { size: 56 }
            shards: { target_mb: 1 }
            """);
    }
}
