using DuckDB.NET.Data;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Tests.Shards;

/// <summary>Another reader's view of a shard.</summary>
public sealed class ShardInDuckDbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly string _path;

    public ShardInDuckDbTests() => _path = Path.Combine(_folder, "train-00000-of-00001.parquet");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Columns_have_the_documented_types()
    {
        await File.WriteAllBytesAsync(_path, await ShardRows.WriteAsync([ShardRows.Joined, ShardRows.WithoutImages]));

        Query($"SELECT column_name || ' ' || column_type FROM (DESCRIBE SELECT * FROM '{_path}')").Should().Equal(
            "id VARCHAR",
            "dataset VARCHAR",
            "sources VARCHAR[]",
            "images STRUCT(bytes BLOB, path VARCHAR)[]",
            "turns STRUCT(question VARCHAR, answer VARCHAR, images INTEGER, \"source\" VARCHAR, record VARCHAR)[]",
            "text VARCHAR",
            "input_ids INTEGER[]",
            "labels INTEGER[]",
            "text_tokens INTEGER",
            "sequence_tokens INTEGER",
            "image_count INTEGER");
    }

    [Fact]
    public async Task An_empty_shard_has_the_same_types_and_no_rows()
    {
        await File.WriteAllBytesAsync(_path, await ShardRows.WriteAsync());

        Query($"SELECT column_type FROM (DESCRIBE SELECT * FROM '{_path}') WHERE column_name = 'images'")
            .Should().Equal("STRUCT(bytes BLOB, path VARCHAR)[]");
        Query($"SELECT count(*)::VARCHAR FROM '{_path}'").Should().Equal("0");
    }

    [Fact]
    public async Task Values_equal_the_rows()
    {
        await File.WriteAllBytesAsync(_path, await ShardRows.WriteAsync([ShardRows.Joined, ShardRows.WithoutImages]));

        Query($"SELECT id FROM '{_path}'").Should().Equal("llava_otter_blend-000000007", "mine-000000000");
        Query($"SELECT sources::VARCHAR FROM '{_path}'").Should().Equal("[llava, otter_mimicit_cgd]", "[mine]");
        Query($"SELECT len(images)::VARCHAR FROM '{_path}'").Should().Equal("2", "0");
        Query($"SELECT hex(images[1].bytes) || ' ' || hex(images[2].bytes) FROM '{_path}' LIMIT 1")
            .Should().Equal("895000FF 01");
        Query($"SELECT images[2].path FROM '{_path}' LIMIT 1").Should().Equal("MIMIC-IT/SD.json#SD_IMG_1");
        Query($"SELECT turns[1].answer || '|' || turns[2].record || '|' || turns[2].images FROM '{_path}' LIMIT 1")
            .Should().Equal("A cat: 猫 🐈.|CGD_INS_000001|1");
        Query($"SELECT text FROM '{_path}'").Should().Equal(ShardRows.Joined.Text, ShardRows.WithoutImages.Text);
        Query($"SELECT input_ids::VARCHAR FROM '{_path}'")
            .Should().Equal("[1, 835, 32001, 13, 319, 6635, 2]", "[1, 6324, 2]");
        Query($"SELECT labels::VARCHAR FROM '{_path}'")
            .Should().Equal("[-100, -100, -100, -100, 319, 6635, 2]", "[-100, 6324, 2]");
        Query($"SELECT text_tokens || ' ' || sequence_tokens || ' ' || image_count FROM '{_path}'")
            .Should().Equal("6 520 2", "3 3 0");
        Query($"SELECT id FROM '{_path}' WHERE text = '{ShardRows.Joined.Text}'")
            .Should().Equal("llava_otter_blend-000000007");
    }

    [Fact]
    public async Task Text_is_found_whichever_way_its_characters_are_ordered()
    {
        // In UTF-16 the emoji comes before the full-width mark, in UTF-8 after it.
        string[] texts = ["😀", "！", "x"];
        SampleRow[] rows = [.. texts.Select(text => ShardRows.Joined with { Text = text })];
        await File.WriteAllBytesAsync(_path, await ShardRows.WriteAsync(rows));

        Query($"SELECT text FROM '{_path}' WHERE text = '😀'").Should().Equal("😀");
        Query(
            $"""
            SELECT DISTINCT path_in_schema FROM parquet_metadata('{_path}')
            WHERE stats_max_value IS NOT NULL ORDER BY 1
            """).Should().Equal(
            "image_count",
            "input_ids, list, element",
            "labels, list, element",
            "sequence_tokens",
            "text_tokens",
            "turns, list, element, images");
    }

    [Fact]
    public async Task Everything_is_optional_so_that_hugging_face_sees_images()
    {
        await File.WriteAllBytesAsync(_path, await ShardRows.WriteAsync([ShardRows.Joined]));

        Query(
            $"""
            SELECT DISTINCT repetition_type || ' ' || (name = 'list')::VARCHAR FROM parquet_schema('{_path}')
            WHERE name <> 'root' ORDER BY 1
            """)
            .Should().Equal("OPTIONAL false", "REPEATED true");
        Query($"SELECT name FROM parquet_schema('{_path}') WHERE converted_type = 'LIST'")
            .Should().Equal("sources", "images", "turns", "input_ids", "labels");
        Query($"SELECT count(*)::VARCHAR FROM parquet_schema('{_path}') WHERE name = 'element'").Should().Equal("5");
        Query(
            $"""
            SELECT decode(key) || ' ' || (decode(value)::JSON->>'$.info.features.images[0]._type')
            FROM parquet_kv_metadata('{_path}')
            """)
            .Should().Equal("huggingface Image");
        Query($"SELECT json_keys(decode(value)::JSON, '$.info.features')::VARCHAR FROM parquet_kv_metadata('{_path}')")
            .Should().Equal(
                "[id, dataset, sources, images, turns, text, input_ids, labels, "
                + "text_tokens, sequence_tokens, image_count]");
    }

    [Fact]
    public async Task Only_image_bytes_are_stored_uncompressed_and_nothing_has_a_dictionary()
    {
        await File.WriteAllBytesAsync(_path, await ShardRows.WriteAsync([ShardRows.Joined]));

        Query($"SELECT path_in_schema FROM parquet_metadata('{_path}') WHERE compression = 'UNCOMPRESSED'")
            .Should().Equal("images, list, element, bytes");
        Query($"SELECT DISTINCT compression FROM parquet_metadata('{_path}') ORDER BY 1")
            .Should().Equal("UNCOMPRESSED", "ZSTD");
        Query($"SELECT count(*)::VARCHAR FROM parquet_metadata('{_path}') WHERE contains(encodings, 'DICTIONARY')")
            .Should().Equal("0");
    }

    private static List<string> Query(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
            values.Add(reader.GetString(0));
        return values;
    }
}
