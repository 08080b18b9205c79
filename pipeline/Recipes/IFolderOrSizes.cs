namespace VisualChat.Pipeline.Recipes;

/// <summary>A <see cref="FolderOrSizes{T}"/> of any sizes.</summary>
internal interface IFolderOrSizes
{
    /// <summary>The one that is given.</summary>
    object Given { get; }
}
