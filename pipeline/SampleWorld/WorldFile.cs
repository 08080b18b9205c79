using System.Text.Encodings.Web;
using System.Text.Json;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Files that appear whole or not at all: written beside their place under a temporary name, then
/// renamed.
/// </summary>
internal static class WorldFile
{
    private const int FlushBytes = 1 << 16;

    // As the real files: <image> is written as it is read.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Indented = Plain with { Indented = true, NewLine = "\n" };

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string temporary = path + ".part";
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, path, overwrite: true);
    }

    public static void WriteJson(string path, Action<Utf8JsonWriter> write, bool indented = false)
    {
        string temporary = path + ".part";
        using (FileStream stream = File.Create(temporary))
        using (var writer = new Utf8JsonWriter(stream, indented ? Indented : Plain))
            write(writer);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Keeps the writer's buffer small; called after every record.</summary>
    public static void FlushIfFull(this Utf8JsonWriter writer)
    {
        if (writer.BytesPending >= FlushBytes)
            writer.Flush();
    }
}
