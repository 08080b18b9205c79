using VisualChat.Model.Files;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Recipes;

/// <summary>A path as a recipe gives it, and where it leads.</summary>
/// <param name="Given">
/// The recipe's text, relative to the recipe's folder: what resolved recipes and messages say.
/// </param>
/// <param name="FullPath">The file or folder.</param>
internal sealed record RecipePath(string Given, string FullPath)
{
    /// <summary>A path in a recipe that lies in a folder; <c>~</c> is the home folder.</summary>
    public static RecipePath In(string recipeFolder, string given) =>
        new(given, Path.GetFullPath(HomeFolder.Expand(given), recipeFolder));

    /// <summary>
    /// The file of that name if the path leads to a folder that has it; else this.
    /// </summary>
    public RecipePath FileIn(string name)
    {
        string file = Path.Combine(FullPath, name);
        return UserFile.KindOf(FullPath) == FileKind.Folder && UserFile.KindOf(file) == FileKind.File
            ? this with { FullPath = file }
            : this;
    }

    /// <summary>A file or folder that no recipe named.</summary>
    public static RecipePath To(string path) => new(path, path);
}
