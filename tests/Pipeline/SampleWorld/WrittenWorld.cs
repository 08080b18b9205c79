using System.Text.Json.Nodes;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

/// <summary>One world of 200 records, written once for the tests that look at it.</summary>
public sealed class WrittenWorld : IDisposable
{
    public WrittenWorld() => WorldWriter.Write(Root, new() { Samples = 200, Seed = 7 }, CancellationToken.None);

    public string Root { get; } = Directory.CreateTempSubdirectory("sample-world-").FullName;

    public JsonNode Json(string path) => JsonNode.Parse(File.ReadAllText(Path.Combine(Root, path)))!;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
