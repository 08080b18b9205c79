using System.Security.Cryptography;

namespace VisualChat.Integration.Tests.Golden;

/// <summary>
/// A small sample world and the shipped recipes with a tokenizer where each looks for one.
/// </summary>
public sealed class GoldenWorld : IDisposable
{
    /// <summary>The data root.</summary>
    public const string Data = "world";

    /// <summary>The same data with images missing, empty, cut off and not images at all.</summary>
    public const string DamagedData = "damaged";

    public GoldenWorld()
    {
        foreach (string root in new[] { Data, DamagedData })
            VisualChatProgram.Run(Folder, "sample-data", root, "--samples", "200", "--seed", "7").ShouldExitWith(0);
        Damage();

        string recipes = RepositoryFolder.File("recipes");
        foreach (string path in Directory.EnumerateFiles(recipes, "*", SearchOption.AllDirectories))
            Folder.Write(Path.Combine("recipes", Path.GetRelativePath(recipes, path)), File.ReadAllBytes(path));
        byte[] tokenizer = File.ReadAllBytes(RepositoryFolder.File("recipes/quickstart/tokenizer.model"));
        Folder.Write("recipes/models/Llama-2-7b-hf/tokenizer.model", tokenizer);
        Folder.Write("tokenizer.model", tokenizer);
    }

    /// <summary>Where all of it is.</summary>
    internal TestFolder Folder { get; } = new();

    /// <summary>Writes a recipe over all nine sets.</summary>
    /// <param name="name">The recipe's name, and its file's.</param>
    /// <param name="limits">Lines of <c>data</c>, each indented by two spaces.</param>
    /// <param name="images">The value of <c>images</c>.</param>
    /// <param name="shardMegabytes">The value of <c>shards.target_mb</c>.</param>
    /// <returns>The recipe's file.</returns>
    internal string WriteRecipe(string name, string limits, string images, int shardMegabytes)
    {
        Folder.Write($"{name}.yaml", $$"""
            name: {{name}}
            seed: 3
            data:
              sources:
                - { name: llava, concatenate: 3 }
                - { name: llava_dial, concatenate: 2, samples: 20 }
                - { name: otter_mimicit_cgd }
                - { name: otter_mimicit_sd }
                - { name: otter_mimicit_sn }
                - { name: otter_mimicit_tvc }
                - { name: otter_mimicit_vst }
                - { name: llava_otter_blend, follow_up: true }
                - { name: sparkles_dialogue }
            {{limits}}
            tokenizer: tokenizer.model
            images: {{images}}
            shards: { target_mb: {{shardMegabytes}} }
            """);
        return $"{name}.yaml";
    }

    /// <summary>Blends a recipe; gives the folder it wrote.</summary>
    internal string Blend(string recipe, string data, params string[] more)
    {
        string output = $"out-{Path.GetFileNameWithoutExtension(recipe)}";
        VisualChatProgram.Run(Folder, ["blend", recipe, "--data", data, "--out", output, .. more]).ShouldExitWith(0);
        return Folder.File(output);
    }

    /// <summary>
    /// SHA-256 of every file under a folder, hidden ones included, each with its path. Left out is
    /// the README.md, which is a text for people and may be worded better.
    /// </summary>
    internal static IEnumerable<string> HashesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path)))
            .Where(file => file.Name != "README.md")
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.Path)))} {file.Name}");

    /// <inheritdoc/>
    public void Dispose() => Folder.Dispose();

    private void Damage()
    {
        string[] images =
        [
            .. Directory.EnumerateFiles(Folder.File(DamagedData), "*.jpg", SearchOption.AllDirectories)
                .Where(path => !path.Contains("heldout", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
        for (int index = 0; index < images.Length; index += 4)
        {
            byte[] whole = File.ReadAllBytes(images[index]);
            File.Delete(images[index]);
            byte[]? damaged = (index / 4 % 6) switch
            {
                0 => [],
                1 => whole[..(whole.Length / 2)],
                2 => [.. "not an image"u8],
                _ => null,
            };
            if (damaged is not null)
                File.WriteAllBytes(images[index], damaged);
        }
    }
}
