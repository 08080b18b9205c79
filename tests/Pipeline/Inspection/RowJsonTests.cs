using System.Text;
using System.Text.Json;
using NJsonSchema;
using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Tests.Inspection;

public sealed class RowJsonTests
{
    [Fact]
    public async Task Rows_are_what_the_schema_says()
    {
        JsonSchema schema = await SchemaAsync();

        schema.Validate(Write(InspectedRows.Joined)).Should().BeEmpty();
        schema.Validate(Write(InspectedRows.Joined with { Images = [] })).Should().BeEmpty();
    }

    [Theory]
    [InlineData("\"id\":", "\"name\":")]
    [InlineData("\"bytes\":23", "\"bytes\":\"UDYK\"")]
    [InlineData("\"text_tokens\":49", "\"text_tokens\":4.5")]
    [InlineData("\"record\":\"CGD_INS_000001\"", "\"record\":null")]
    public async Task The_schema_refuses_what_a_row_is_not(string right, string wrong)
    {
        JsonSchema schema = await SchemaAsync();
        string row = Write(InspectedRows.Joined);
        row.Should().Contain(right);

        schema.Validate(row.Replace(right, wrong)).Should().NotBeEmpty();
    }

    [Fact]
    public void Images_are_described_by_what_their_bytes_are()
    {
        using JsonDocument row = JsonDocument.Parse(Write(InspectedRows.Joined));

        row.RootElement.GetProperty("images")[1].GetRawText().Should().Be(
            """{"path":"coco/train2017/000000000025.jpg","bytes":23,"format":"ppm","width":2,"height":2}""");
    }

    private static string Write(SampleRow row)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            RowJson.Write(json, row);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static async Task<JsonSchema> SchemaAsync()
    {
        using Stream schema = typeof(RowJson).Assembly.GetManifestResourceStream("data-schemas/shard-row.schema.json")!;
        using var reader = new StreamReader(schema);
        return await JsonSchema.FromJsonAsync(await reader.ReadToEndAsync());
    }
}
