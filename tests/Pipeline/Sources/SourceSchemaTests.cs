using System.Text.Json.Nodes;
using NJsonSchema;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// The schemas of data-schemas/ and the parsers must say the same about the shape of records that
/// thousands of mutations broke.
/// </summary>
public sealed class SourceSchemaTests
{
    private const int Mutations = 1500;

    private static readonly string[] Values =
    [
        "null", "true", "3", "-1", "1.5", "\"text\"", "\"\"", "[]", "{}", "[\"x\"]", "[3]", "[{}]",
        "{\"url\": 1}", "{\"path\": null, \"bytes\": null}", "{\"url\": \"b.jpg\"}", "[{\"type\": \"text\"}]",
    ];

    public static TheoryData<string> Formats => [.. SourceExample.All.Select(example => example.Format)];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Schema_and_parser_agree_on_the_shape_of_every_mutated_record(string format)
    {
        SourceExample example = SourceExample.All.First(candidate => candidate.Format == format);
        JsonSchema schema = (await ReadSchema(format)).Definitions["record"];
        var random = new Random(20);
        string[] records =
            [example.Record, .. Enumerable.Range(0, Mutations).Select(_ => Mutate(example.Record, random))];
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "b.jpg", "5.jpg");
        _ = root.Write("data.json", example.FileOf(records));

        DatasetIndex index = root.Load(example.Entry).Datasets[0];

        index.RecordsRead.Should().Be(records.Length);
        var wrongShape =
            index.Rejects
                .Where(reject => reject.Reason is RejectReason.WrongType or RejectReason.MissingKey)
                .ToDictionary(reject => reject.Ordinal);
        for (int record = 0; record < records.Length; record++)
        {
            bool valid = schema.Validate(records[record]).Count == 0;
            string detail = wrongShape.TryGetValue(record, out Reject? reject) ? reject.Detail : "accepted";
            if (valid != reject is null)
                valid.Should().Be(reject is null, "the parser says '{0}' of {1}", detail, records[record]);
        }

        wrongShape.Count.Should().BeInRange(Mutations / 10, Mutations * 19 / 20, "both verdicts must occur");
    }

    [Fact]
    public async Task The_schema_of_base64_images_allows_only_strings()
    {
        JsonSchema schema = await ReadSchema("base64-images");
        schema.Validate("""{"a": "AQID"}""").Should().BeEmpty();
        schema.Validate("""{"a": 3}""").Should().NotBeEmpty();
    }

    private static async Task<JsonSchema> ReadSchema(string name)
    {
        await using Stream stream =
            typeof(SourceLoader).Assembly.GetManifestResourceStream($"data-schemas/{name}.schema.json")!;
        return await JsonSchema.FromJsonAsync(stream);
    }

    // One to three times: a value anywhere in the record is removed, or replaced by another.
    private static string Mutate(string record, Random random)
    {
        JsonNode root = JsonNode.Parse(record)!;
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            JsonNode[] nodes = [.. Below(root)];
            if (nodes.Length == 0)
                break;
            JsonNode node = nodes[random.Next(nodes.Length)];
            bool remove = random.Next(3) == 0;
            JsonNode? value = JsonNode.Parse(Values[random.Next(Values.Length)]);
            if (node.Parent is JsonObject parent)
            {
                string key = node.GetPropertyName();
                if (remove)
                    _ = parent.Remove(key);
                else
                    parent[key] = value;
            }
            else
            {
                JsonArray array = node.Parent!.AsArray();
                int at = node.GetElementIndex();
                if (remove)
                    array.RemoveAt(at);
                else
                    array[at] = value;
            }
        }

        return root.ToJsonString();
    }

    private static IEnumerable<JsonNode> Below(JsonNode? node) => node switch
    {
        JsonObject map => map
            .Where(pair => pair.Value is not null)
            .SelectMany(pair => Below(pair.Value).Prepend(pair.Value!)),
        JsonArray array => array.Where(item => item is not null).SelectMany(item => Below(item).Prepend(item!)),
        _ => [],
    };
}
