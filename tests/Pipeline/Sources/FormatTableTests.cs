using System.Text.Json.Nodes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Sources.Formats;
using VisualChat.Pipeline.Sources.Formats.Shapes;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// A format's table and its schema in data-schemas/ name the same fields of the same types.
/// </summary>
public sealed class FormatTableTests
{
    private static readonly RecordFormat[] Formats =
    [
        .. typeof(RecordFormat).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(RecordFormat)))
            .Select(type => (RecordFormat)Activator.CreateInstance(type)!),
    ];

    public static TheoryData<string> Names => [.. Formats.Select(format => format.Name)];

    [Fact]
    public void Every_format_has_a_schema_and_an_example() =>
        Formats.Select(format => format.Name).Should()
            .BeEquivalentTo(SourceExample.All.Select(example => example.Format));

    [Theory]
    [MemberData(nameof(Names))]
    public void Table_and_schema_have_the_same_fields(string name)
    {
        RecordFormat format = Formats.Single(candidate => candidate.Name == name);
        JsonNode record = ReadSchema(name)["definitions"]!["record"]!;
        Compare(format.Record, record, "record");
    }

    private static JsonNode ReadSchema(string name)
    {
        string resource = $"data-schemas/{name}.schema.json";
        using Stream stream = typeof(SourceLoader).Assembly.GetManifestResourceStream(resource)!;
        return JsonNode.Parse(stream)!;
    }

    private static void Compare(Shape shape, JsonNode schema, string place)
    {
        schema = Resolve(schema);
        switch (shape)
        {
            case ObjectShape table:
                CompareFields(table, schema, place);
                break;
            case ListShape list:
                TypesOf(schema).Should().Equal(["array"], place);
                Compare(list.Element, schema["items"]!, $"{place}[]");
                break;
            case EitherShape either:
                JsonNode[] choices = [.. schema["anyOf"]!.AsArray().Where(choice => !IsNull(choice!))!];
                choices.Should().HaveSameCount(either.Choices, place);
                foreach ((Shape choice, JsonNode of) in either.Choices.Zip(choices))
                    Compare(choice, of, place);
                break;
            case IdShape:
                TypesOf(schema).Should().BeEquivalentTo(["string", "integer"], place);
                break;
            case WholeNumberShape:
                TypesOf(schema).Should().Equal(["integer"], place);
                break;
            case TextShape or SpeakerShape:
                TypesOf(schema).Should().Equal(["string"], place);
                break;
            case UnusedShape:
                schema.AsObject().Should().NotContainKey("type", place);
                break;
            default:
                throw new InvalidOperationException($"{place}: no schema is known for {shape.GetType().Name}");
        }
    }

    private static void CompareFields(ObjectShape table, JsonNode schema, string place)
    {
        TypesOf(schema).Should().Equal(["object"], place);
        JsonObject properties = schema["properties"]!.AsObject();
        Field[] fields = [.. table.Fields.Where(field => field.Value is not KindShape)];
        string[] names = [.. fields.SelectMany(field => field.Names)];
        string[] kinds = [.. table.Fields.Where(field => field.Value is KindShape).Select(field => field.Name)];
        properties.Select(property => property.Key).Should().BeEquivalentTo([.. names, .. kinds], place);
        foreach (Field field in fields)
        {
            foreach (string name in field.Names)
            {
                Compare(field.Value, properties[name]!, $"{place}.{name}");
                if (field.Value is not UnusedShape)
                    AllowsNull(properties[name]!).Should().Be(!IsAlwaysThere(field), $"{place}.{name}");
            }
        }

        CompareRequired(table, schema, place);
        if (table.Kinds is not null)
            CompareKinds(table.Kinds, schema, place);
    }

    private static bool IsAlwaysThere(Field field) => field.IsRequired && field.OtherNames.Count == 0;

    // A group of several keys is required if one of them must be there and not be null.
    private static void CompareRequired(ObjectShape table, JsonNode schema, string place)
    {
        StringsOf(schema["required"]).Should().BeEquivalentTo(
            table.Fields.Where(IsAlwaysThere).Select(field => field.Name), place);

        string[][] expected =
        [
            .. table.Fields
                .Where(field => field.IsRequired && !IsAlwaysThere(field))
                .Select(field => table.Fields
                    .Where(other => other.Group == field.Group)
                    .SelectMany(other => other.Names)
                    .ToArray()),
        ];
        JsonArray[] choices = schema["allOf"] is JsonArray all
            ? [.. all.Select(choice => choice!["anyOf"]!.AsArray())]
            : expected.Length > 0 ? [schema["anyOf"]!.AsArray()] : [];
        choices
            .Select(choice => choice.Select(one => StringsOf(one!["required"]).Single()).ToArray())
            .Should().BeEquivalentTo(expected, options => options.WithStrictOrdering(), place);
    }

    private static void CompareKinds(KindShape kinds, JsonNode schema, string place) =>
        schema["anyOf"]!.AsArray()
            .SelectMany(choice => StringsOf(choice!["properties"]!["type"]!["enum"]))
            .Should().Equal(kinds.Words, place);

    private static JsonNode Resolve(JsonNode schema)
    {
        while (schema["$ref"] is JsonNode reference)
            schema = schema.Root["definitions"]![reference.GetValue<string>()["#/definitions/".Length..]]!;
        return schema;
    }

    private static bool IsNull(JsonNode schema) =>
        schema["type"] is JsonValue type && type.GetValue<string>() == "null";

    private static bool AllowsNull(JsonNode schema)
    {
        schema = Resolve(schema);
        return schema["anyOf"] is JsonArray choices
            ? choices.Any(choice => IsNull(choice!))
            : schema["type"] is JsonArray types && StringsOf(types).Contains("null");
    }

    private static string[] TypesOf(JsonNode schema) =>
        schema["type"] is JsonArray many
            ? [.. StringsOf(many).Where(type => type != "null")]
            : [schema["type"]!.GetValue<string>()];

    private static string[] StringsOf(JsonNode? list) =>
        [.. (list?.AsArray() ?? []).Select(item => item!.GetValue<string>())];
}
