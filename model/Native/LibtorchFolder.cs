using System.Text.RegularExpressions;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>A libtorch folder that a user named: a libtorch archive's or a Python package's.</summary>
internal static partial class LibtorchFolder
{
    /// <summary>The version of libtorch that TorchSharp was built against; another one has other symbols.</summary>
    public const string Version = "2.10";

    /// <summary>The folder that holds <c>libtorch.so</c>, if its version fits.</summary>
    /// <exception cref="ModelException">There is none, its version does not fit, or cannot be told.</exception>
    public static string Find(string named)
    {
        string? libraries = new[] { named, Path.Combine(named, "lib") }.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch.so")));
        if (libraries is null)
            throw new ModelException($"{TorchNatives.FolderVariable}: '{named}' has no libtorch.so, neither in it nor in its 'lib'. Name a libtorch {Version} folder, or unset the variable.");
        string found = VersionOf(libraries) ?? throw new ModelException(
            $"{TorchNatives.FolderVariable}: '{named}' does not say its version ('build-version' of a libtorch archive, 'version.py' of a Python package). libtorch {Version} is needed.");
        if (!found.StartsWith(Version + ".", StringComparison.Ordinal))
            throw new ModelException($"{TorchNatives.FolderVariable}: '{named}' is libtorch {found}; TorchSharp needs {Version}. Name another folder, or unset the variable.");
        return Path.GetFullPath(libraries);
    }

    private static string? VersionOf(string libraries)
    {
        string parent = Path.GetDirectoryName(Path.GetFullPath(libraries).TrimEnd(Path.DirectorySeparatorChar)) ?? "/";
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
