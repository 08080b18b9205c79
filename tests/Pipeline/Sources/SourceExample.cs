using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>One sound file of every format, for tests that break it.</summary>
internal sealed record SourceExample(string Format, string Before, string Record, string After)
{
    public static IReadOnlyList<SourceExample> All { get; } =
    [
        new(
            "llava",
            "[",
            """{"id": 5, "image": "a.jpg", "video": null, "conversations": """
            + """[{"from": "human", "value": "<image>\nOne?"}, {"from": "gpt", "value": "\u0041 \"1\"."}, """
            + """{"from": "human", "value": "Two?"}, {"from": "gpt", "value": "B."}]}""",
            "]"),
        new(
            "mimic-it",
            "{\"meta\": {\"v\": [1]}, \"data\": {",
            """{"instruction": "What?", "answer": "That.", "image_ids": ["a", "b"], "rel_ins_ids": ["r1", "none"]}""",
            "}}"),
        new(
            "sparkles",
            "[",
            """{"dialogue": [{"role": "user", "content": "See <Img><ImageHere></Img> IMAGE#5","""
            + """ "images": [{"image_id": 5, "caption": "x"}]}, {"role": "assistant", "content": "IMAGE#5 is."}]}""",
            "]"),
        new(
            "conversations",
            "",
            """{"id": "c", "messages": [{"role": "user", "content": [{"type": "image"}, """
            + """{"type": "text", "text": "One?"}, {"type": "image_url", "image_url": {"url": "b.jpg"}}, """
            + """{"type": null, "image": {"bytes": null, "path": "a.jpg"}}, {"text": "Two?", "url": null}]}, """
            + """{"role": "assistant", "content": "A.", "tool_calls": []}], "texts": null, "system": "S.","""
            + """ "images": [{"path": "a.jpg"}], "image": "a.jpg"}""",
            ""),
        new(
            "aokvqa",
            "[",
            """{"image_id": 5, "question": "What?", "choices": ["x", "y"],"""
            + """ "correct_choice_idx": 1, "rationales": ["Because."]}""",
            "]"),
        new(
            "coco-caption",
            "{\"dataset\": \"coco\", \"images\": [",
            """{"filename": "a.jpg", "sentences": [{"raw": "One.", "sentid": 3}, {"raw": "Two."}]}""",
            "]}"),
        new(
            "minigpt4",
            "{\"annotations\": [",
            """{"image_id": "5", "caption": "A street."}""",
            "]}"),
        new(
            "ocr-vqa",
            "{",
            """{"imageURL": "http://example.org/x.jpg", "questions": ["Who?", "What?"], "answers": ["I.", "It."]}""",
            "}"),
    ];

    /// <summary>Whether records have keys, <c>r0</c>, <c>r1</c> and so on.</summary>
    public bool IsMap => Format is "mimic-it" or "ocr-vqa";

    /// <summary>The recipe's entry for a file of this format.</summary>
    public EntrySettings Entry => Format switch
    {
        "aokvqa" or "minigpt4" or "coco-caption" or "ocr-vqa" => new()
        {
            Name = Format.Replace('-', '_'),
            Annotations = ["data.json"],
            Images = "photos",
        },
        _ => DataRoot.Entry(Format),
    };

    /// <summary>A file of some records.</summary>
    public string FileOf(IEnumerable<string> records)
    {
        string separator = Format == "conversations" ? "\n" : ",\n";
        IEnumerable<string> items = records.Select((record, number) => IsMap ? $"\"r{number}\": {record}" : record);
        return Before + string.Join(separator, items) + After;
    }
}
