using System.Text.Json;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Sources.Json;

/// <summary>
/// Errors of a whole JSON file: each names the file, the line and the byte, and says what to do.
/// </summary>
internal static class JsonErrors
{
    /// <summary>The file is broken at a byte.</summary>
    public static WorkException At(string path, long offset, string problem) => new(
        $"{path}: line {LineOf(path, offset)}, byte {offset}: {problem} "
        + "Download the file again, or correct it there.");

    public static WorkException Empty(string path) => new(
        $"{path}: line 1, byte 0: the file is empty. Download it again.");

    /// <summary>The byte in <paramref name="json"/> at which the parser stopped.</summary>
    public static int OffsetIn(ReadOnlySpan<byte> json, JsonException exception)
    {
        int at = 0;
        for (long line = exception.LineNumber ?? 0; line > 0; line--)
        {
            int newline = json[at..].IndexOf((byte)'\n');
            if (newline < 0)
                break;
            at += newline + 1;
        }

        return (int)Math.Min(json.Length, at + (exception.BytePositionInLine ?? 0));
    }

    /// <summary>
    /// The parser's sentence without the position it adds, which does not count from the file's
    /// beginning.
    /// </summary>
    public static string Sentence(JsonException exception)
    {
        int position = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position < 0 ? exception.Message : exception.Message[..position];
    }

    // Counted only when something is wrong: counting lines would cost every read.
    private static long LineOf(string path, long offset)
    {
        long line = 1;
        using var reader = new BlockReader(path);
        while (reader.Offset < offset && reader.More())
        {
            long count = Math.Min(reader.Window.Length, offset - reader.Offset);
            ReadOnlySpan<byte> block = reader.Window[..(int)count];
            line += block.Count((byte)'\n');
            reader.Advance(block.Length);
        }

        return line;
    }
}
