using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.Shards;

/// <summary>Rows made up for tests.</summary>
internal static class ShardRows
{
    /// <summary>Two images, two rounds of two datasets.</summary>
    public static SampleRow Joined { get; } = new()
    {
        Id = "llava_otter_blend-000000007",
        Dataset = "llava_otter_blend",
        Sources = ["llava", "otter_mimicit_cgd"],
        Images =
        [
            new RowImage(new byte[] { 0x89, 0x50, 0x00, 0xFF }, "coco/train2017/000000000009.jpg"),
            new RowImage(new byte[] { 1 }, "MIMIC-IT/SD.json#SD_IMG_1"),
        ],
        Rounds =
        [
            new RowRound("What is it?", "A cat: 猫 🐈.", 1, "llava", "detail_23k.json[4]"),
            new RowRound("What's new?", "Nothing.", 1, "otter_mimicit_cgd", "CGD_INS_000001"),
        ],
        Text = "### Image 1:\n<image>\n\n### Question:\nWhat is it?\n\n### Answer:\nA cat: 猫 🐈.",
        InputIds = [1, 835, 32001, 13, 319, 6635, 2],
        Labels = [-100, -100, -100, -100, 319, 6635, 2],
        TextTokens = 6,
        SequenceTokens = 520,
    };

    /// <summary>No image, one round.</summary>
    public static SampleRow WithoutImages { get; } = new()
    {
        Id = "mine-000000000",
        Dataset = "mine",
        Sources = ["mine"],
        Images = [],
        Rounds = [new RowRound("Hello?", "Hi.", 0, "mine", "mine.jsonl[0]")],
        Text = "### Question:\nHello?\n\n### Answer:\nHi.",
        InputIds = [1, 6324, 2],
        Labels = [-100, 6324, 2],
        TextTokens = 3,
        SequenceTokens = 3,
    };

    public static async Task<byte[]> WriteAsync(params IReadOnlyList<SampleRow>[] groups)
    {
        using var file = new MemoryStream();
        await using (ShardFileWriter writer = await ShardFileWriter.CreateAsync(file, default))
        {
            foreach (IReadOnlyList<SampleRow> group in groups)
                await writer.WriteRowGroupAsync(group, default);
        }

        return file.ToArray();
    }

    public static Task<ShardFileReader> OpenAsync(byte[] file) =>
        ShardFileReader.OpenAsync(new MemoryStream(file), "test.parquet", default);

    public static async Task<List<SampleRow>> ReadAsync(byte[] file)
    {
        await using ShardFileReader reader = await OpenAsync(file);
        var rows = new List<SampleRow>();
        await foreach (SampleRow row in reader.ReadRowsAsync())
            rows.Add(row);
        return rows;
    }
}
