using Parquet;
using Parquet.Schema;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>The columns of images and ids, as other tools write and name them.</summary>
public sealed class ParquetImageColumnTests
{
    private static readonly byte[] Image = [0xFF, 0xD8, 1, 2, 3];

    // Hugging Face's image is a struct of bytes and path, all of it optional.
    private static StructField HuggingFace { get; } = new(
        "image", new DataField<byte[]>("bytes"), new DataField<string>("path"));

    [Fact]
    public async Task Hugging_faces_struct_holds_bytes_or_names_a_file()
    {
        using DataRoot root = new();
        _ = root.Write("sets/b.jpg", [9, 9]);
        await Write(root, "sets/a.parquet",
            (HuggingFace, [(byte[]?[])[Image, null, null], (string?[])["a.jpg", "b.jpg", null]]),
            (new DataField<string>("id"), [(string?[])["a", "b", "c"]]));
        SourceCatalog catalog = Load(root, "sets/a.parquet", "a", "b", "c");
        catalog.Images.Read(0).Should().Equal(Image);
        catalog.Images.LengthOf(0).Should().Be(5);
        catalog.Images.PathOf(0).Should().Be("sets/a.parquet#a");
        catalog.Images.Read(1).Should().Equal(9, 9);
        catalog.Images.PathOf(1).Should().Be("sets/b.jpg");
        catalog["mine"].Rejects.Should().ContainSingle().Which.Detail.Should().Be("sets/a.parquet#c has no value");
        Load(root, "sets/a.parquet", "a").Images.Read(0).Should().Equal(Image, "the index was kept");
    }

    [Fact]
    public async Task Without_a_column_of_ids_the_paths_of_the_struct_are_the_ids()
    {
        using DataRoot root = new();
        await Write(root, "a.parquet",
            (HuggingFace, [(byte[]?[])[Image, [4]], (string?[])["a.jpg", "b.jpg"]]),
            (new DataField<string>("caption"), [(string?[])["a", "b"]]));
        SourceCatalog catalog = Load(root, "a.parquet", "b.jpg", "a");
        catalog.Images.Read(0).Should().Equal(4);
        catalog["mine"].Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMissing);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("image_id")]
    [InlineData("key")]
    [InlineData("__index_level_0__")]
    public async Task Ids_are_found_by_the_columns_name_and_may_be_numbers(string name)
    {
        using DataRoot root = new();
        await Write(root, "a.parquet",
            (new DataField<string>("caption"), [(string?[])["1", "2"]]),
            (new DataField<byte[]>("image_bytes"), [(byte[]?[])[Image, [4]]]),
            (new DataField<long>(name), [(long[])[7, -391895]]));
        SourceCatalog catalog = Load(root, "a.parquet", "-391895", "7");
        catalog.Images.Read(0).Should().Equal(4);
        catalog.Images.Read(1).Should().Equal(Image);
    }

    [Fact]
    public async Task Numbers_of_four_bytes_with_nulls_are_ids_too()
    {
        using DataRoot root = new();
        await Write(root, "a.parquet",
            (new DataField<int?>("image_id"), [(object?[])[7, null, 9]]),
            (new DataField<string>("base64"), [(string?[])["AQ", "Ag", "Aw"]]));
        Load(root, "a.parquet", "9").Images.Read(0).Should().Equal(3);
    }

    [Fact]
    public async Task Text_in_a_column_named_as_an_image_is_base64()
    {
        using DataRoot root = new();
        await Write(root, "a.parquet",
            (new DataField<string>("image"), [(string?[])["data:image/png;base64,AQID"]]),
            (new DataField<string>("id"), [(string?[])["a"]]));
        Load(root, "a.parquet", "a").Images.Read(0).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task What_could_be_several_columns_is_refused_with_their_names()
    {
        using DataRoot root = new();
        await Write(root, "images.parquet",
            (new DataField<byte[]>("image"), [(byte[]?[])[Image]]),
            (new DataField<byte[]>("png"), [(byte[]?[])[Image]]),
            (new DataField<string>("id"), [(string?[])["a"]]));
        await Write(root, "ids.parquet",
            (new DataField<byte[]>("image"), [(byte[]?[])[Image]]),
            (new DataField<string>("key"), [(string?[])["a"]]),
            (new DataField<string>("id"), [(string?[])["a"]]));
        await Write(root, "none.parquet",
            (new DataField<byte[]>("image"), [(byte[]?[])[Image]]),
            (new DataField<string>("caption"), [(string?[])["a"]]));
        Refusal(root, "images.parquet").Should().Contain("the images could be in 'image', 'png'");
        Refusal(root, "ids.parquet").Should().Contain("the ids could be in 'key', 'id'");
        Refusal(root, "none.parquet").Should().Contain("no column of image ids")
            .And.Contain("'image_id'").And.Contain("Its columns are 'image', 'caption'");
    }

    private static string Refusal(DataRoot root, string images) =>
        FluentActions.Invoking(() => Load(root, images, "a")).Should().Throw<WorkException>().Which.Message;

    private static SourceCatalog Load(DataRoot root, string images, params string[] ids)
    {
        string records = string.Join(',', ids.Select((id, number) =>
            $$"""
            "I{{number}}": {"instruction": "Q?", "answer": "A.", "image_ids": ["{{id}}"]}
            """));
        _ = root.Write("data.json", $"{{\"data\": {{{records}}}}}");
        return root.Load(DataRoot.Entry("mimic-it", images: images));
    }

    private static async Task Write(DataRoot root, string name, params (Field Field, Array[] Values)[] columns)
    {
        string path = Path.Join(root.Path, name);
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var schema = new ParquetSchema(columns.Select(column => column.Field).ToArray());
        await using FileStream stream = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        Array[] values = [.. columns.SelectMany(column => column.Values)];
        foreach ((DataField field, Array column) in schema.DataFields.Zip(values))
        {
            await (column switch
            {
                byte[]?[] bytes => WriteAsync(group, field, bytes, value => new ReadOnlyMemory<byte>(value)),
                string?[] texts => WriteAsync(group, field, texts, value => value.AsMemory()),
                long[] numbers => group.WriteAllPartsAsync<long>(field, numbers, null, null, default),
                _ => WriteAsync(group, field, (object?[])column, value => (int)value!),
            });
        }
    }

    private static Task WriteAsync<TItem, T>(
        ParquetRowGroupWriter group, DataField field, TItem?[] column, Func<TItem?, T> valueOf)
        where TItem : class
        where T : struct
    {
        int[] levels = Array.ConvertAll(
            column, value => value is null ? field.MaxDefinitionLevel - 1 : field.MaxDefinitionLevel);
        T[] values = [.. column.Where(value => value is not null).Select(valueOf)];
        return group.WriteAllPartsAsync<T>(field, values, levels, null, default);
    }
}
