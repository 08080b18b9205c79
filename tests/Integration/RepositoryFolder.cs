namespace VisualChat.Integration.Tests;

/// <summary>The working tree that the tests were built from.</summary>
internal static class RepositoryFolder
{
    private static readonly string Root = Find();

    /// <summary>The full path of a file or folder, given relative to the root.</summary>
    public static string File(string name) => Path.Combine(Root, name);

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder!.FullName, "VisualChat.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
