using System.Text.RegularExpressions;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>
/// A libtorch folder the user named: from a libtorch archive or a Python package.
/// </summary>
internal static partial class LibtorchFolder
{
    // TorchSharp 0.107 was built against 2.10 and takes 1,204 names from it. 2.11 has them all, and
    // objects of the same sizes. From 2.13 on some are missing, those of custom gradients among
    // them, and the process would end where one is called (docs/decisions/0029).
    private static readonly string[] Versions = ["2.10", "2.11"];

    /// <summary>The folder that holds <c>libtorch.so</c>, if its version fits.</summary>
    /// <exception cref="ModelException">
    /// The folder has no libtorch, its version does not fit, or its version is not given.
    /// </exception>
    public static string Find(string named)
    {
        string? libraries = new[] { named, Path.Combine(named, "lib") }
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch.so")));
        if (libraries is null)
        {
            throw Problem(
                $"'{named}' has no libtorch.so, neither in it nor in its 'lib'. "
                + $"Name a libtorch {Wanted} folder, or unset the variable.");
        }

        if (VersionOf(libraries) is not { } found)
        {
            throw Problem(
                $"'{named}' does not say its version ('build-version' of a libtorch archive, "
                + $"'version.py' of a Python package). libtorch {Wanted} is needed.");
        }

        if (!Versions.Any(version => found.StartsWith(version + ".", StringComparison.Ordinal)))
        {
            throw Problem(
                $"'{named}' is libtorch {found}, and TorchSharp needs {Wanted}: others lack functions that it calls. "
                + "Name another folder, or unset the variable.");
        }

        return Path.GetFullPath(libraries);
    }

    private static string Wanted => string.Join(" or ", Versions);

    private static ModelException Problem(string problem) => new($"{TorchNatives.FolderVariable}: {problem}");

    /// <summary>What the folder says of its version; null if it says nothing.</summary>
    internal static string? VersionOf(string libraries)
    {
        string whole = Path.GetFullPath(libraries).TrimEnd(Path.DirectorySeparatorChar);
        string parent = Path.GetDirectoryName(whole) ?? "/";
        foreach (string folder in new[] { libraries, parent })
        {
            string archive = Path.Combine(folder, "build-version");
            if (File.Exists(archive))
                return File.ReadAllText(archive).Trim();
            string package = Path.Combine(folder, "version.py");
            if (File.Exists(package) && PythonVersion().Match(File.ReadAllText(package)) is { Success: true } match)
                return match.Groups[1].Value;
        }

        return null;
    }

    [GeneratedRegex("""^__version__\s*=\s*['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();
}
