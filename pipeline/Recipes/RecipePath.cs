namespace VisualChat.Pipeline.Recipes;

/// <summary>A path as a recipe gives it, and where it leads.</summary>
/// <param name="Given">
/// The recipe's text, relative to the recipe's folder: what resolved recipes and messages say.
/// </param>
/// <param name="FullPath">The file or folder.</param>
internal sealed record RecipePath(string Given, string FullPath)
{
    /// <summary>A path in a recipe that lies in a folder.</summary>
    public static RecipePath In(string recipeFolder, string given) => new(given, Path.GetFullPath(given, recipeFolder));

    /// <summary>A file or folder that no recipe named.</summary>
    public static RecipePath To(string path) => new(path, path);
}
