using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.Inspection;

/// <summary>Rows with real images and the LLaMA-2 tokenizer's ids.</summary>
internal static class InspectedRows
{
    public static string Tokenizer { get; } =
        Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model");

    /// <summary>2 x 2 pixels: black, white, red, grey.</summary>
    public static byte[] Picture { get; } =
        [.. "P6\n2 2\n255\n"u8, 0, 0, 0, 255, 255, 255, 255, 0, 0, 128, 128, 128];

    /// <summary>A PNG of 2 x 1 red pixels: no model's input size, so it is resized.</summary>
    public static byte[] OddPicture { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP8z8DAwMAAAAYIAQHLR3Z1AAAAAElFTkSuQmCC");

    /// <summary>
    /// A round of LLaVA's on one image, then one of Otter's on a second, as the template and
    /// SentencePiece make them.
    /// </summary>
    public static SampleRow Joined { get; } = new()
    {
        Id = "llava_otter_blend-000000007",
        Dataset = "llava_otter_blend",
        Sources = ["llava", "otter_mimicit_cgd"],
        Images =
        [
            new RowImage(Picture, "coco/train2017/000000000009.jpg"),
            new RowImage(Picture, "coco/train2017/000000000025.jpg"),
        ],
        Rounds =
        [
            new RowRound("please describe the image.", "Nothing.", 1, "llava", "llava/detail_23k.json[4]"),
            new RowRound("please describe the image.", "Nothing.", 1, "otter_mimicit_cgd", "CGD_INS_000001"),
        ],
        Text = "### Image 1:\n<image>\n\n### Question:\nplease describe the image.\n\n### Answer:\nNothing.",
        InputIds =
        [
            1, 835, 7084, 29871, 29896, 29901, 13, 32001, 29871, 13, 13, 2277, 29937, 894, 29901, 13,
            552, 559, 8453, 278, 1967, 29889, 13, 13, 2277, 29937, 673, 29901, 13, 26521, 29889, 2,
            1, 835, 7084, 29871, 29906, 29901, 13, 32001, 29871, 13, 13, 2277, 29937, 673, 29901, 13, 26521, 29889, 2,
        ],
        Labels =
        [
            .. Enumerable.Repeat(-100, 29), 26521, 29889, 2,
            .. Enumerable.Repeat(-100, 16), 26521, 29889, 2,
        ],
        TextTokens = 49,
        SequenceTokens = 563,
    };

    /// <summary>The same with another first question.</summary>
    public static SampleRow Asking(string question) =>
        Joined with { Rounds = [Joined.Rounds[0] with { Question = question }, Joined.Rounds[1]] };

    /// <summary>Writes rows as the one shard of a split.</summary>
    public static async Task WriteAsync(string folder, string split, params SampleRow[] rows)
    {
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        await using FileStream file = File.Create(Path.Combine(folder, "data", $"{split}-00000-of-00001.parquet"));
        await using ShardFileWriter writer = await ShardFileWriter.CreateAsync(file, default);
        await writer.WriteRowGroupAsync(rows, default);
    }
}
