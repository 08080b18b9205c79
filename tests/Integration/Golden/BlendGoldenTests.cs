using System.Text.Json;

namespace VisualChat.Integration.Tests.Golden;

/// <summary>
/// The bytes of blends, frozen: sample worlds, shards, manifests, rejects, resolved recipes and
/// fingerprints. <see cref="GoldenFile"/> says how to renew them.
/// </summary>
public sealed class BlendGoldenTests(GoldenWorld world) : IClassFixture<GoldenWorld>
{
    private const string NoLimits = "  validation: { fraction: 0.1 }";

    private const string Originals = "{ store: original, tokens: 10 }";

    private const string TightLimits =
        """
          max_images: 5
          max_sequence_tokens: 420
          max_turn_tokens: 90
          validation: { fraction: 0.2, by: image }
        """;

    public static TheoryData<string> ShippedRecipes =>
    [
        "attention-comparison",
        "paper-7b",
        "quickstart",
        "quickstart/towers-1",
        "quickstart/towers-2",
        "quickstart/towers-3",
    ];

    [Fact]
    public void The_sample_world_is_the_same_bytes() =>
        GoldenFile.ShouldHold("world/files.txt", GoldenWorld.HashesOf(world.Folder.File(GoldenWorld.Data)));

    [Fact]
    public void All_nine_sets_as_ppm_are_the_same_bytes() =>
        ShouldHold(world.Blend(world.WriteRecipe("ppm", NoLimits, "{ size: 56 }", 1), GoldenWorld.Data));

    [Fact]
    public void Shards_of_several_row_groups_are_the_same_bytes() =>
        ShouldHold(world.Blend(world.WriteRecipe("row-groups", NoLimits, "{ size: 224 }", 64), GoldenWorld.Data));

    [Fact]
    public void All_nine_sets_with_their_own_image_bytes_are_the_same_bytes() =>
        ShouldHold(world.Blend(world.WriteRecipe("original", NoLimits, Originals, 1), GoldenWorld.Data));

    [Fact]
    public void Damaged_data_within_tight_limits_give_the_same_bytes() =>
        ShouldHold(world.Blend(world.WriteRecipe("damaged", TightLimits, "{ size: 56 }", 1), GoldenWorld.DamagedData));

    [Fact]
    public void Damaged_data_whose_missing_images_are_dropped_give_the_same_bytes()
    {
        string limits = $"{TightLimits}\n  missing_images: drop-image";
        ShouldHold(world.Blend(world.WriteRecipe("dropped", limits, Originals, 1), GoldenWorld.DamagedData));
    }

    /// <summary>
    /// An encoder's bytes may change with its library; the pixels of PNG and WebP, which lose
    /// nothing, may not.
    /// </summary>
    [Theory]
    [InlineData("png")]
    [InlineData("webp")]
    public async Task All_nine_sets_encoded_without_loss_are_the_same_columns_and_pixels(string encoding)
    {
        string recipe = world.WriteRecipe(encoding, NoLimits, $"{{ size: 56, encoding: {encoding} }}", 1);
        string output = world.Blend(recipe, GoldenWorld.Data);
        GoldenFile.ShouldHold($"{encoding}/columns.txt", await ShardColumns.HashesOfAsync(output, arePixelsKept: true));
        GoldenFile.ShouldHold($"{encoding}/fingerprints.txt", Fingerprints(output));
    }

    /// <summary>
    /// JPEG loses something in any case; how near the pixels must stay is the image tests'
    /// business.
    /// </summary>
    [Fact]
    public async Task All_nine_sets_encoded_as_jpeg_are_the_same_columns()
    {
        string recipe = world.WriteRecipe("jpeg", NoLimits, "{ size: 56, encoding: jpeg }", 1);
        string output = world.Blend(recipe, GoldenWorld.Data);
        GoldenFile.ShouldHold("jpeg/columns.txt", await ShardColumns.HashesOfAsync(output, arePixelsKept: false));
        GoldenFile.ShouldHold("jpeg/fingerprints.txt", Fingerprints(output));
    }

    /// <summary>
    /// Data and tokenizer are stand-ins, but every setting is the shipped recipe's own.
    /// </summary>
    [Theory]
    [MemberData(nameof(ShippedRecipes))]
    public void Shipped_recipes_have_the_same_text_and_fingerprints(string name)
    {
        string output = world.Blend($"recipes/{name}.yaml", GoldenWorld.Data, "--limit", "4");
        GoldenFile.ShouldHold($"recipes/{name}.yaml", File.ReadAllText(Path.Combine(output, "recipe.yaml")));
        GoldenFile.ShouldHold($"recipes/{name}.txt", Fingerprints(output));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void The_whole_quick_start_is_the_same_bytes()
    {
        VisualChatProgram.Run(world.Folder, "blend", "recipes/quickstart.yaml", "--out", "whole").ShouldExitWith(0);
        ShouldHold(world.Folder.File("whole"), "quickstart");
    }

    private static void ShouldHold(string output, string? name = null)
    {
        name ??= Path.GetFileName(output)["out-".Length..];
        GoldenFile.ShouldHold($"{name}/recipe.yaml", File.ReadAllText(Path.Combine(output, "recipe.yaml")));
        GoldenFile.ShouldHold($"{name}/rejects.jsonl", File.ReadAllText(Path.Combine(output, "rejects.jsonl")));
        GoldenFile.ShouldHold($"{name}/manifest.json", File.ReadAllText(Path.Combine(output, "manifest.json")));
        GoldenFile.ShouldHold($"{name}/files.txt", GoldenWorld.HashesOf(output));
    }

    private static IEnumerable<string> Fingerprints(string output)
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "manifest.json")));
        return
        [
            .. new[] { "recipe_fingerprint", "plan_fingerprint", "tokenizer_sha256" }
                .Select(key => $"{key} {manifest.RootElement.GetProperty(key).GetString()}"),
        ];
    }
}
