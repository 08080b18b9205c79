namespace VisualChat.Model.Files;

/// <summary>
/// Says what a file is that is not what its name says: what downloads and other tools leave in
/// place of weights or a tokenizer.
/// </summary>
public static class ForeignContents
{
    /// <summary>How many of a file's first bytes tell what it is.</summary>
    public const int HeadBytes = 512;

    private const int TarMarkOffset = 257;

    /// <summary>
    /// What the file is, and what to do, after <c>it is</c>; null if nothing here knows it.
    /// </summary>
    /// <param name="head">
    /// The file's first <see cref="HeadBytes"/> bytes, or all of a shorter one.
    /// </param>
    public static string? Describe(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
            return "empty; download it again";
        if (!head.ContainsAnyExcept((byte)0))
            return "nothing but zeros so far, as an unfinished download has; download it again";
        if (IsGitLfsPointer(head))
        {
            return "a Git LFS pointer, which stands for a file that was not downloaded; "
                + "run 'git lfs pull' in its folder";
        }

        return OfText(head) ?? OfArchive(head) ?? OfOtherFormat(head);
    }

    /// <summary>
    /// Whether a file is what a clone without Git LFS has in place of a large one.
    /// </summary>
    /// <param name="head">Its first <see cref="HeadBytes"/> bytes, or all of a shorter one.</param>
    public static bool IsGitLfsPointer(ReadOnlySpan<byte> head) =>
        head.StartsWith("version https://git-lfs.github.com/"u8);

    private static string? OfText(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> text = head.StartsWith("\uFEFF"u8) ? head["\uFEFF"u8.Length..] : head;
        text = text.TrimStart(" \t\r\n"u8);
        if (StartsWithAnyCase(text, "<!doctype"u8) || StartsWithAnyCase(text, "<html"u8) || text.StartsWith("<?xml"u8))
        {
            return "a web page, as a server sends for an error or a licence that is not yet accepted; "
                + "open the address in a browser, and download it again";
        }

        if (text.StartsWith("{"u8) || text.StartsWith("["u8))
            return "JSON text; if it is a server's error message, download the file again";
        bool isText = !head.ContainsAnyInRange((byte)0, (byte)8) && !head.ContainsAnyExceptInRange((byte)9, (byte)126);
        return isText ? "text; if it is a server's error message, download the file again" : null;
    }

    private static string? OfArchive(ReadOnlySpan<byte> head)
    {
        string? kind = head switch
        {
            [0x1f, 0x8b, ..] => "gzip",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "xz",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "Zstandard",
            [(byte)'7', (byte)'z', 0xbc, 0xaf, ..] => "7-Zip",
            [(byte)'R', (byte)'a', (byte)'r', (byte)'!', ..] => "RAR",
            [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] => "ZIP",
            _ => head.Length > TarMarkOffset && head[TarMarkOffset..].StartsWith("ustar"u8) ? "tar" : null,
        };
        return kind is null ? null : $"a {kind} archive; unpack it, and name the folder of what was in it";
    }

    private static string? OfOtherFormat(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("GGUF"u8) || head.StartsWith("ggjt"u8) || head.StartsWith("tjgg"u8))
            return "a file of llama.cpp (GGUF); take the model as the Hugging Face hub has it for transformers";
        if (head is [0x89, (byte)'H', (byte)'D', (byte)'F', ..])
            return "an HDF5 file, of TensorFlow or Keras; save the model with PyTorch or as safetensors";
        if (head is [0x93, (byte)'N', (byte)'U', (byte)'M', ..])
            return "a NumPy array; save the model with PyTorch or as safetensors";
        return head is [0x80, >= 2 and <= 5, ..]
            ? "a Python pickle that torch.save did not write; save the model with PyTorch or as safetensors"
            : null;
    }

    private static bool StartsWithAnyCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase) =>
        text.Length >= lowerCase.Length
        && System.Text.Ascii.EqualsIgnoreCase(text[..lowerCase.Length], lowerCase);
}
