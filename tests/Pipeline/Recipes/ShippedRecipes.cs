using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>The repository's <c>recipes/</c>.</summary>
internal static class ShippedRecipes
{
    public static string Folder { get; } = FindFolder();

    /// <summary>Every recipe, relative to the folder.</summary>
    public static string[] Files() =>
    [
        .. Directory.GetFiles(Folder, "*.yaml", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Folder, path))
            .Order(StringComparer.Ordinal),
    ];

    public static Recipe Read(string file, params string[] overrides) =>
        RecipeText.Read(Path.Combine(Folder, file), overrides);

    private static string FindFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "VisualChat.sln")))
            folder = folder.Parent;
        return Path.Combine(folder.FullName, "recipes");
    }
}
