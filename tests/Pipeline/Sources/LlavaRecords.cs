using System.Text.Json;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>LLaVA's JSON, one record an image.</summary>
internal static class LlavaRecords
{
    public static string Showing(params IEnumerable<string> images) => JsonSerializer.Serialize(images.Select(Record));

    private static object Record(string image) => new
    {
        image,
        conversations = new object[]
        {
            new { from = "human", value = "<image>\nWhat is it?" },
            new { from = "gpt", value = "A street." },
        },
    };
}
