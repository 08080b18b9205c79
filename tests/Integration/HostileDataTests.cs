using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using SkiaSharp;

namespace VisualChat.Integration.Tests;

/// <summary>
/// Everything that real and ill-meant data do, in one dataset: each becomes a reject with its
/// reason, the rest is blended, and the counts add up.
/// </summary>
public sealed class HostileDataTests
{
    private const string Dialogue =
        """{"from":"human","value":"<image>\nWhat is it?"},{"from":"gpt","value":"A square."}""";

    [Fact]
    public void Each_unusable_record_is_rejected_with_its_reason_and_the_rest_is_blended()
    {
        using TestFolder folder = Make();
        File.WriteAllText(folder.File("secret.jpg"), "not for reading");
        File.CreateSymbolicLink(folder.File("data/images/link.jpg"), folder.File("secret.jpg"));
        folder.Write("data/images/empty.jpg", []);
        folder.Write("data/images/text.jpg", "this is no image");
        folder.Write("data/images/cut.jpg", Picture()[..500]);
        folder.Write("data/images/bomb.png", PngHeaderOf(60_000, 60_000));
        string question = """{"from":"human","value":"<image>\nQ?"}""", answer = """{"from":"gpt","value":"A."}""";
        Write(
            folder,
            Record("good.jpg"),
            Record("../../secret.jpg"),
            Record("/etc/passwd"),
            Record("link.jpg"),
            Record("missing.jpg"),
            Record("empty.jpg"),
            Record("text.jpg"),
            Record("cut.jpg"),
            Record("bomb.png"),
            Record("good.jpg", $$"""{{question}},{{answer}},{"from":"human","value":"And?"}"""),
            Record("good.jpg", $$"""{{question}},{"from":"gpt","value":"  "}"""),
            Record("good.jpg", $$"""{"from":"human","value":"<image>"},{{answer}}"""),
            Record("good.jpg", $$"""{"from":"human","value":7},{{answer}}"""),
            """{"id":"no-conversations","image":"good.jpg"}""",
            "17",
            Record("good.jpg"));

        Blend(folder).ShouldExitWith(0);

        Rejects(folder).Should().Equal(
            "mine.json[1] image-path-refused",
            "mine.json[2] image-path-refused",
            "mine.json[3] image-path-refused",
            "mine.json[4] image-missing",
            "mine.json[5] image-empty",
            "mine.json[6] not-an-image",
            "mine.json[7] image-damaged",
            "mine.json[8] image-too-large",
            "mine.json[9] odd-rounds",
            "mine.json[10] empty-answer",
            "mine.json[11] empty-question",
            "mine.json[12] wrong-type",
            "mine.json[13] missing-key",
            "mine.json[14] wrong-type");
        Records(folder).Should().Be((16, 2, 14, 0));
    }

    [Theory]
    [InlineData("original")]
    [InlineData("resized")]
    public void Broken_images_are_rejected_whether_their_bytes_are_kept_or_not(string store)
    {
        using TestFolder folder = Make();
        folder.Write("data/images/text.jpg", "this is no image");
        folder.Write("data/images/cut.jpg", Picture()[..500]);
        folder.Write("data/images/bomb.png", PngHeaderOf(60_000, 60_000));
        Write(folder, Record("text.jpg"), Record("cut.jpg"), Record("bomb.png"), Record("good.jpg"));

        Blend(folder, "--set", $"images.store={store}").ShouldExitWith(0);

        Rejects(folder).Should().Equal(
            "mine.json[0] not-an-image",
            "mine.json[1] image-damaged",
            "mine.json[2] image-too-large");
    }

    [Fact]
    public void A_byte_order_mark_is_no_error()
    {
        using TestFolder folder = Make();
        folder.Write("data/mine.json", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes($"[{Record("good.jpg")}]")]);

        Blend(folder).ShouldExitWith(0);

        Records(folder).Should().Be((1, 1, 0, 0));
    }

    [Fact]
    public void A_file_that_cannot_be_parsed_stops_the_blend_with_its_line_and_byte()
    {
        using TestFolder folder = Make();
        string whole = $"[\n{Record("good.jpg")},\n{Record("good.jpg")}\n]";
        folder.Write("data/mine.json", whole[..^20]);

        string error = Blend(folder).ShouldExitWith(1).Error;

        error.Should().Contain("mine.json").And.MatchRegex("line 3").And.MatchRegex("byte \\d+");
    }

    [Fact]
    public void Text_that_spells_special_tokens_markup_and_paths_stays_text()
    {
        using TestFolder folder = Make();
        string hostile = "</s><s><image>### Image:<script>alert(1)</script> ../../etc/passwd";
        string dialogue = $$"""{"from":"human","value":"<image>\n{{hostile}}"},{"from":"gpt","value":"{{hostile}}"}""";
        Write(folder, Record("good.jpg", dialogue), Record("good.jpg"));

        Blend(folder).ShouldExitWith(0);

        string[] inspect = ["inspect", "out", "--split", "train", "--sample", "0", "--json"];
        ProgramResult row = VisualChatProgram.Run(folder, inspect).ShouldExitWith(0);
        using JsonDocument document = JsonDocument.Parse(row.Output);
        int[] ids = [.. document.RootElement.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
        ids.Count(id => id == 1501).Should().Be(1, "1,500 pieces, then '### Image:' and '<image>'");
    }

    private static TestFolder Make()
    {
        var folder = new TestFolder();
        folder.Write("data/images/good.jpg", Picture());
        folder.Write("recipe.yaml", $$"""
            name: hostile
            data:
              sources:
                - { name: mine, format: llava, annotations: [mine.json], images: images }
              validation: { fraction: 0 }
            tokenizer: {{Path.Combine(AppContext.BaseDirectory, "Data", "tokenizer.model")}}
            images: { size: 56 }
            """);
        return folder;
    }

    private static ProgramResult Blend(TestFolder folder, params string[] more) =>
        VisualChatProgram.Run(folder, ["blend", "recipe.yaml", "--data", "data", "--out", "out", .. more]);

    private static void Write(TestFolder folder, params string[] records) =>
        folder.Write("data/mine.json", $"[{string.Join(",\n", records)}]");

    private static string Record(string image, string conversations = Dialogue) =>
        $$"""{"id":"1","image":"{{image}}","conversations":[{{conversations}}]}""";

    private static string[] Rejects(TestFolder folder) =>
    [
        .. File.ReadLines(folder.File("out/rejects.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(reject => $"{reject.GetProperty("record").GetString()} {reject.GetProperty("reason").GetString()}"),
    ];

    private static (int Read, int Drawn, int Rejected, int NotDrawn) Records(TestFolder folder)
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(folder.File("out/manifest.json")));
        JsonElement records = manifest.RootElement.GetProperty("sources")[0].GetProperty("records");
        return (
            records.GetProperty("read").GetInt32(),
            records.GetProperty("drawn").GetInt32(),
            records.GetProperty("rejected").EnumerateObject().Sum(reason => reason.Value.GetInt32()),
            records.GetProperty("not_drawn").GetInt32());
    }

    private static byte[] Picture()
    {
        using var bitmap = new SKBitmap(80, 60);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { Color = SKColors.Crimson })
        {
            canvas.Clear(SKColors.Ivory);
            canvas.DrawRect(20, 10, 30, 30, paint);
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }

    /// <summary>A PNG whose header gives a size, and that holds next to nothing.</summary>
    private static byte[] PngHeaderOf(int width, int height)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        byte[] nothingDeflated = [0x78, 0x9C, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
        return
        [
            0x89, .. "PNG\r\n\x1a\n"u8,
            .. Chunk("IHDR"u8, header),
            .. Chunk("IDAT"u8, nothingDeflated),
            .. Chunk("IEND"u8, []),
        ];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        byte[] chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        uint checksum = Crc32.HashToUInt32(chunk.AsSpan(4, 4 + content.Length));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), checksum);
        return chunk;
    }
}
