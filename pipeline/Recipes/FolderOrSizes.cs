namespace VisualChat.Pipeline.Recipes;

/// <summary>A part of the model: a Hugging Face folder, or sizes for random weights.</summary>
/// <param name="Folder">Null: there are sizes.</param>
/// <param name="Sizes">Null: there is a folder.</param>
internal sealed record FolderOrSizes<T>(RecipePath? Folder, T? Sizes) : IFolderOrSizes
    where T : class
{
    object IFolderOrSizes.Given => Folder ?? (object)Sizes!;

    public static implicit operator FolderOrSizes<T>(RecipePath folder) => new(folder, null);
}
