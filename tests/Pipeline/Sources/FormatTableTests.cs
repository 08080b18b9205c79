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
                JsonArray choices = schema["anyOf"]!.AsArray();
                choices.Should().HaveCount(2, place);
                Compare(either.Text, choices[0]!, place);
                Compare(either.Other, choices[1]!, place);
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
            default:
                throw new InvalidOperationException($"{place}: no schema is known for {shape.GetType().Name}");
        }
    }

    private static void CompareFields(ObjectShape table, JsonNode schema, string place)
    {
        JsonObject properties = schema["properties"]!.AsObject();
        Field[] fields = [.. table.Fields.Where(field => field.Value is not KindShape)];
        string[] names = [.. fields.Select(field => field.Name)];
        string[] otherNames = [.. fields.Where(field => field.OtherName is not null).Select(field => field.OtherName!)];
        properties.Select(property => property.Key).Should().BeEquivalentTo([.. names, .. otherNames], place);
        foreach (Field field in fields)
        {
            foreach (string? name in (string?[])[field.Name, field.OtherName])
            {
                if (name is not null)
                    Compare(field.Value, properties[name]!, $"{place}.{name}");
            }
        }

        if (table.Kinds is null)
            CompareRequired(fields, schema, place);
        else
            CompareKinds(table, table.Kinds, schema, place);
    }

    // A field with two names is required if one of them must be there.
    private static void CompareRequired(Field[] fields, JsonNode schema, string place)
    {
        TypesOf(schema).Should().Equal(["object"], place);
        Field[] required = Array.FindAll(fields, field => field.IsRequired);
        string[] oneName = [.. required.Where(field => field.OtherName is null).Select(field => field.Name)];
        StringsOf(schema["required"]).Should().BeEquivalentTo(oneName, place);

        Field? twoNames = Array.Find(required, field => field.OtherName is not null);
        string[][] expected = twoNames is null ? [] : [[twoNames.Name], [twoNames.OtherName!]];
        JsonArray choices = schema["anyOf"]?.AsArray() ?? [];
        choices.Select(choice => StringsOf(choice!["required"])).Should().BeEquivalentTo(expected, place);
    }

    private static void CompareKinds(ObjectShape table, KindShape kinds, JsonNode schema, string place)
    {
        string key = table.Fields.Single(field => field.Value == kinds).Name;
        var expected = kinds.Kinds.ToDictionary(
            kind => kind,
            kind => table.Fields
                .Where(field => field.IsRequired || field.RequiredKind == kind)
                .Select(field => field.Name)
                .Order().ToArray());
        var actual = schema["anyOf"]!.AsArray().ToDictionary(
            choice => StringsOf(choice!["properties"]![key]!["enum"]).Single(),
            choice => StringsOf(choice!["required"]).Order().ToArray());
        actual.Should().BeEquivalentTo(expected, place);
    }

    private static string[] TypesOf(JsonNode schema) =>
        schema["type"] is JsonArray many ? StringsOf(many) : [schema["type"]!.GetValue<string>()];

    private static string[] StringsOf(JsonNode? list) =>
        [.. (list?.AsArray() ?? []).Select(item => item!.GetValue<string>())];
}
