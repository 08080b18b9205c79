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

    /// <summary>Refuses a file that is one. Costs one read of a few bytes.</summary>
    /// <exception cref="InputException">It is one.</exception>
    public static void Refuse(string path)
    {
        Span<byte> head = stackalloc byte[ForeignContents.HeadBytes];
        using SafeFileHandle file = UserFile.Open(path);
        if (ForeignContents.IsGitLfsPointer(head[..file.ReadUntilFull(head, offset: 0)]))
            throw new InputException($"{path}: {WhatItIs}.");
    }
}
