using System.CommandLine;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// The paths of a command line: every argument and option that names a file or folder is read here,
/// so that <c>~</c> means the same in all of them.
/// </summary>
internal static class GivenPaths
{
    /// <summary>A path that may be left out.</summary>
    public static string? PathOf(this ParseResult parsed, string name) =>
        parsed.GetValue<string?>(name) is { } given ? HomeFolder.Expand(given) : null;

    /// <summary>A path that was given, or has a default.</summary>
    public static string RequiredPathOf(this ParseResult parsed, string name) =>
        HomeFolder.Expand(parsed.GetRequiredValue<string>(name));

    /// <summary>The paths of an option that may be repeated.</summary>
    public static string[] PathsOf(this ParseResult parsed, string name) =>
        Array.ConvertAll(parsed.GetRequiredValue<string[]>(name), HomeFolder.Expand);

    /// <summary>The folders of an option that may be repeated, with full paths.</summary>
    /// <exception cref="InputException">One of them is not there.</exception>
    public static string[] FoldersOf(this ParseResult parsed, string name)
    {
        string[] folders = parsed.PathsOf(name);
        foreach (string folder in folders)
        {
            CommonOptions.RefuseIf(
                !Directory.Exists(folder), $"{name} '{folder}' is not a folder. Name one that is there.");
        }

        return Array.ConvertAll(folders, Path.GetFullPath);
    }
}
