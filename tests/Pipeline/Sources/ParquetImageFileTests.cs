using Parquet;
using Parquet.Schema;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class ParquetImageFileTests
{
    private static async Task Write(
        string path,
        string idColumn,
        CompressionMethod compression,
        params (string?[] Ids, string?[] Images)[] groups)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var image = new DataField<string>("base64");
        var id = new DataField<string>(idColumn);
        await using FileStream stream = File.Create(path);
        await using ParquetWriter writer =
            await ParquetWriter.CreateAsync(
                new ParquetSchema(image, id),
                stream,
                new ParquetOptions { CompressionMethod = compression });
        foreach ((string?[] ids, string?[] images) in groups)
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(image, images!);
            await group.WriteAsync(id, ids!);
        }
    }

    private static SourceCatalog Load(DataRoot root, string images, params string[] ids)
    {
        string records =
            string.Join(',', ids.Select((id, number) =>
                $$"""
                "I{{number}}": {"instruction": "Q?", "answer": "A.", "image_ids": ["{{id}}"]}
                """));
        _ = root.Write("data.json", $"{{\"data\": {{{records}}}}}");
        return root.Load(DataRoot.Entry("mimic-it", images: images));
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Gzip)]
    public async Task Images_of_several_row_groups_are_found_by_id_and_decoded(CompressionMethod compression)
    {
        using DataRoot root = new();
        await Write(Path.Join(root.Path, "SD.parquet"), "__index_level_0__", compression,
            (["a", "b", null], ["AQID", null, "AQID"]), (["c", "d", "e"], ["data:image/png;base64,BAUG", "AQID", "*"]));
        SourceCatalog catalog = Load(root, "SD.json", "a", "b", "c", "d", "e", "f");
        catalog["mine"].RecordOrdinals.Should().Equal(0, 2, 3, 4);
        catalog["mine"].Rejects.Select(reject => reject.Reason)
            .Should().Equal(RejectReason.ImageDamaged, RejectReason.ImageMissing);
        catalog.Images.Read(0).Should().Equal(1, 2, 3);
        catalog.Images.Read(1).Should().Equal(4, 5, 6);
        catalog.Images.Read(2).Should().Equal(1, 2, 3);
        catalog.Images.PathOf(1).Should().Be("SD.parquet#c");
        FluentActions.Invoking(() => catalog.Images.Read(3))
            .Should().Throw<RecordRejectedException>().Which.Reason.Should().Be(RejectReason.ImageDamaged);
    }

    [Fact]
    public async Task A_folder_of_parts_is_one_map()
    {
        using DataRoot root = new();
        string folder = Path.Join(root.Path, "SD");
        await Write($"{folder}/part-0.parquet", "id", CompressionMethod.Snappy, (["a", "b"], ["AQID", "AQIE"]));
        await Write($"{folder}/part-1.parquet", "id", CompressionMethod.Snappy, (["c", "d"], ["AQIF", "AQIG"]));
        SourceCatalog first = Load(root, "SD", "d", "a", "c");
        SourceCatalog kept = Load(root, "SD", "d", "a", "c");
        foreach (SourceCatalog catalog in new[] { first, kept })
        {
            Enumerable.Range(0, 3).Select(image => catalog.Images.Read(image)[2]).Should().Equal(6, 3, 5);
            catalog.Images.PathOf(0).Should().Be("SD#d");
        }
    }

    [Fact]
    public async Task A_damaged_file_is_an_error_that_names_it()
    {
        using DataRoot root = new();
        string path = Path.Join(root.Path, "SD.parquet");
        await Write(path, "id", CompressionMethod.Snappy, (["a", "b"], ["AQID", "AQIE"]));
        byte[] bytes = await File.ReadAllBytesAsync(path);
        int errors = 0;
        for (int at = 4; at < bytes.Length; at++)
        {
            byte[] broken = [.. bytes];
            broken[at] ^= 0xFF;
            await File.WriteAllBytesAsync(path, broken);
            try
            {
                SourceCatalog catalog = Load(root, "SD.parquet", "a", "b");
                for (int image = 0; image < catalog.Images.Count; image++)
                {
                    try
                    {
                        _ = catalog.Images.Read(image);
                    }
                    catch (RecordRejectedException)
                    {
                        // The image is damaged, and says so.
                    }
                }
            }
            catch (WorkException exception)
            {
                exception.Message.Should().StartWith(path);
                errors++;
            }
        }

        errors.Should().BePositive();
    }

    [Fact]
    public async Task A_file_without_an_image_column_is_an_error_that_names_the_column()
    {
        using DataRoot root = new();
        string path = Path.Join(root.Path, "SD.parquet");
        await Write(path, "id", CompressionMethod.None, (["a"], ["AQID"]));
        byte[] bytes = await File.ReadAllBytesAsync(path);
        while (bytes.AsSpan().IndexOf("base64"u8) is >= 0 and int at)
            "base32"u8.CopyTo(bytes.AsSpan(at));
        await File.WriteAllBytesAsync(path, bytes);
        FluentActions.Invoking(() => Load(root, "SD.parquet", "a"))
            .Should().Throw<WorkException>().WithMessage("*no column 'base64'*");
    }
}
