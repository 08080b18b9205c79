using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// What a clone without Git LFS has in place of a large file: a few lines of text.
/// </summary>
internal static class GitLfsPointer
{
    public const string WhatItIs = "this is a Git LFS pointer, not the file: run 'git lfs pull'";

    private static ReadOnlySpan<byte> Beginning => "version https://git-lfs.github.com/"u8;

    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Beginning);

    /// <summary>Refuses a file that is one. Costs one read of a few bytes.</summary>
    /// <exception cref="InputException">It is one.</exception>
    public static void Refuse(string path)
    {
        Span<byte> start = stackalloc byte[Beginning.Length];
        using SafeFileHandle file = UserFile.Open(path);
        if (RandomAccess.Read(file, start, fileOffset: 0) == start.Length && Begins(start))
            throw new InputException($"{path}: {WhatItIs}.");
    }
}
