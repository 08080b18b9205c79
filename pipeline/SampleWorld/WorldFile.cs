using System.Text.Encodings.Web;
using System.Text.Json;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>How a sample world writes its files: each appears whole or not at all.</summary>
internal static class WorldFile
{
    private const int FlushBytes = 1 << 16;

    // As the real files: <image> is written as it is read.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Indented = Plain with { Indented = true, NewLine = "\n" };

    public static void Write(string path, byte[] content) =>
        AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, content));

    public static void WriteJson(string path, Action<Utf8JsonWriter> write, bool indented = false) =>
        AtomicFile.Write(path, temporary =>
        {
            using FileStream stream = File.Create(temporary);
            using var writer = new Utf8JsonWriter(stream, indented ? Indented : Plain);
            write(writer);
        });

    /// <summary>Keeps the writer's buffer small; called after every record.</summary>
    public static void FlushIfFull(this Utf8JsonWriter writer)
    {
        if (writer.BytesPending >= FlushBytes)
            writer.Flush();
    }
}
