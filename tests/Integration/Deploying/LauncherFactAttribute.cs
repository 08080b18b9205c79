namespace VisualChat.Integration.Tests.Deploying;

/// <summary>A test that needs programs that start processes, as clusters have them.</summary>
public sealed class LauncherFactAttribute : FactAttribute
{
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin"];

    /// <summary>Skipped where one of the programs is missing.</summary>
    /// <param name="package">Debian's package that has them.</param>
    /// <param name="programs">Their names.</param>
    public LauncherFactAttribute(string package, params string[] programs)
    {
        bool areThere = programs.All(program => Folders.Any(folder => File.Exists(Path.Combine(folder, program))));
        Skip = RequiredTools.SkipUnless(
            areThere, $"{string.Join(", ", programs)} (Debian: apt-get install {package})");
    }
}
