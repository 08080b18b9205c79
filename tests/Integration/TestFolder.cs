using System.Security.Cryptography;

namespace VisualChat.Integration.Tests;

/// <summary>A temporary folder, gone with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("visualchat-");

    /// <summary>The folder.</summary>
    public string Path => _folder.FullName;

    /// <summary>The path of a file or folder in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a text file, making its folders.</summary>
    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a file, making its folders.</summary>
    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    /// <summary>
    /// Every file under a folder of it with the SHA-256 of its bytes, hidden ones included, sorted:
    /// equal for equal trees.
    /// </summary>
    public string[] HashesOf(string name) =>
    [
        .. Directory.EnumerateFiles(File(name), "*", SearchOption.AllDirectories)
            .Select(file => $"{System.IO.Path.GetRelativePath(File(name), file)} {HashOf(file)}")
            .Order(StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private static string HashOf(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(path)));
}
