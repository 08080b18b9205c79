namespace VisualChat.Benchmarks;

/// <summary>A record as LLaVA's annotation files have it, with an answer of usual length.</summary>
internal static class LlavaRecord
{
    private static readonly string Answer =
        string.Concat(Enumerable.Repeat("The image shows a street with a \\\"sign\\\" and some trees. ", 12));

    public static string Json(int id, string image) =>
        $$"""{"id": "{{id}}", "image": "{{image}}", "conversations": ["""
        + """{"from": "human", "value": "<image>\nWhat is shown?"}, """
        + $$"""{"from": "gpt", "value": "{{Answer}}"}]}""";
}
