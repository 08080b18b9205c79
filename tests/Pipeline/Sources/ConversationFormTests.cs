using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// The forms in which the world keeps a conversation about two images, all read as the same rounds.
/// </summary>
public sealed class ConversationFormTests
{
    public static TheoryData<string> Forms =>
    [
        // LLaVA-NeXT's interleaved sets; LLaMA-Factory; the keys of Mantis.
        """{"image": ["a.jpg", "b.jpg"], "conversations": [T]}""",
        """{"images": ["a.jpg", "b.jpg"], "conversations": [T], "videos": [], "audios": null, "tools": ""}""",
        """{"images": [{"bytes": null, "path": "a.jpg"}, {"path": "b.jpg"}], "conversation": [T]}""",
        """{"image_paths": [{"url": "a.jpg"}, {"image": "b.jpg"}], "messages": [M]}""",
        """{"image": ["a.jpg", "b.jpg"], "images": ["a.jpg", "b.jpg"], "messages": [M]}""",
        """{"image": [], "images": ["a.jpg", "b.jpg"], "messages": [M], "conversations": null}""",

        // Speakers by other names; a system text, left out.
        """
        {"images": ["a.jpg", "b.jpg"], "system": "Be brief.", "conversations": [
          {"from": "Human", "value": "<image><image>Same?"}, {"from": "GPT", "value": "No."}]}
        """,
        """
        {"images": ["a.jpg", "b.jpg"], "messages": [{"role": "developer", "content": "Be brief."},
          {"role": "user", "content": "<image><image>Same?"}, {"role": "model", "content": "No."}]}
        """,

        // No marks: the first round shows all. TRL, ms-swift, The Cauldron.
        """{"images": ["a.jpg", "b.jpg"], "messages": [{"role": "user", "content": "Same?"}, A]}""",
        """{"images": ["a.jpg", "b.jpg"], "texts": [{"user": "Same?", "assistant": "No.", "source": "x"}]}""",

        // Parts: OpenAI's, Qwen-VL's without types, placeholders, and what Arrow makes of them.
        """
        {"messages": [{"role": "user", "content": [
          {"type": "image_url", "image_url": {"url": "a.jpg", "detail": "low"}}, {"type": "text", "text": "Same?"},
          {"type": "image_url", "image_url": "b.jpg"}]}, A]}
        """,
        """
        {"messages": [{"role": "user", "content": [{"type": "input_image", "image_url": "a.jpg"},
          {"type": "input_image", "image_url": "b.jpg"}, {"type": "input_text", "text": "Same?"}]},
          {"role": "assistant", "content": [{"type": "output_text", "text": "No."}]}]}
        """,
        """
        {"conversations": [{"from": "user", "value": [{"image": "a.jpg"}, {"image": {"path": "b.jpg"}},
          {"text": "Same?"}]}, {"from": "assistant", "value": [{"text": "No."}]}]}
        """,
        """
        {"messages": [{"role": "user", "content": [{"type": "image", "text": null}, {"type": "image", "image": null},
          {"type": "text", "text": "Same?", "image": null, "image_url": null}]}, A], "images": ["a.jpg", "b.jpg"]}
        """,
        """
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "<image><image>Same?"}]}, A],
          "images": ["a.jpg", "b.jpg"]}
        """,
        """{"messages": [{"role": "user", "content": "Same?", "images": ["a.jpg", "b.jpg"]}, A]}""",

        // Marks of other programs.
        """
        {"images": ["a.jpg", "b.jpg"], "messages": [{"role": "user", "content": "<|image_1|><|image_2|>Same?"}, A]}
        """,
        """{"images": ["a.jpg", "b.jpg"], "messages": [{"role": "user", "content": "[IMG][IMG]Same?"}, A]}""",
        """{"messages": [{"role": "user", "content": "<img>a.jpg</img><img>b.jpg</img>\nSame?"}, A]}""",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_is_read_as_the_same_round_in_both_formats(string form)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "b.jpg");
        foreach (string format in (string[])["conversations", "llava"])
        {
            SourceCatalog catalog = root.LoadText(format, $"[{Filled(form)}]");

            catalog["mine"].Rejects.Should().BeEmpty();
            RecordRound round = catalog["mine"].Reader.Read(0, 1).Should().ContainSingle().Subject;
            (round.Question, round.Answer).Should().Be(("Same?", "No."));
            round.Images.Select(catalog.Images.PathOf).Should().Equal("photos/a.jpg", "photos/b.jpg");
        }
    }

    [Theory]
    [InlineData("\"image\": null, ")]
    [InlineData("\"image\": \"\", ")]
    [InlineData("")]
    public void A_record_of_words_only_is_used(string image)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        string turns = """[{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]""";
        DatasetIndex index = root.LoadText("llava", $$"""[{ {{image}}"conversations": {{turns}} }]""")["mine"];
        index.Rejects.Should().BeEmpty();
        index.Reader.Read(0, 1).Should().ContainSingle().Which.Images.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"messages": [M], "conversations": [T], "images": ["a.jpg", "b.jpg"]}""",
        RejectReason.Ambiguous, "the record has both 'messages' and 'conversations'")]
    [InlineData("""{"messages": [M], "image": "a.jpg", "images": ["a.jpg", "b.jpg"]}""",
        RejectReason.Ambiguous, "the record has both 'image' and 'images', and they differ")]
    [InlineData("""{"messages": [{"role": "user", "from": "human", "content": "x"}, A]}""",
        RejectReason.Ambiguous, "a message has both 'role' and 'from'")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "image": "a.jpg"}]}, A]}""",
        RejectReason.Ambiguous, "a part of 'content' has both a text and an image")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "video", "video": "v.mp4"}]}, A]}""",
        RejectReason.WrongType, "'type' is 'video', not one of text, image and image_url")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"index": 1}]}, A]}""",
        RejectReason.MissingKey,
        "no key 'type' or 'text' or 'image_url' or 'image' or 'image_path' or 'path' or 'url' or 'bytes' or 'base64'")]
    [InlineData("""{"messages": null, "image": "a.jpg"}""",
        RejectReason.MissingKey, "no key 'messages' or 'conversations' or 'conversation' or 'texts'")]
    [InlineData("""{"messages": [{"role": "user", "content": null}, A]}""",
        RejectReason.MissingKey, "no key 'content' or 'value'")]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}, {"role": "tool", "content": "y"}, A]}""",
        RejectReason.UnknownSpeaker, "turn 2 is of 'tool', who is neither the user nor the assistant")]
    [InlineData(
        """
        {"messages": [{"role": "user", "content": "x"},
          {"role": "assistant", "content": "y", "tool_calls": [{}]}]}
        """,
        RejectReason.Unusable, "it has 'tool_calls', which cannot be trained on")]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}, A], "video": "v.mp4"}""",
        RejectReason.Unusable, "it has 'video', which cannot be trained on")]
    [InlineData("""{"messages": [A, {"role": "user", "content": "x"}, A]}""",
        RejectReason.OddRounds, "turn 1 is not the user's")]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}, A, {"role": "user", "content": "x"}]}""",
        RejectReason.OddRounds, "turn 3, the last, is the user's and has no answer")]
    public void What_is_not_clear_is_rejected_by_name(string form, RejectReason reason, string detail)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "b.jpg");
        foreach (string format in (string[])["conversations", "llava"])
        {
            DatasetIndex index = root.LoadText(format, $"[{Filled(form)}]")["mine"];
            Reject reject = index.Rejects.Should().ContainSingle().Subject;
            (reject.Reason, reject.Detail).Should().Be((reason, detail));
        }
    }

    // T, M and A stand for the turns that most forms share.
    private static string Filled(string form) => form
        .Replace(
            "[T]",
            """[{"from": "human", "value": "<image>\n<image>\nSame?"}, {"from": "gpt", "value": "No."}]""")
        .Replace("[M]", """[{"role": "user", "content": "<image> <image> Same?"}, A]""")
        .Replace("[A,", """[{"role": "assistant", "content": "No."},""")
        .Replace(", A", """, {"role": "assistant", "content": "No."}""");
}
