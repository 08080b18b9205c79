using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>Defaults live in the records; the schema repeats them for editors, and this holds the two equal.</summary>
public sealed class RecipeDefaultTests
{
    /// <summary>Keys without a default of their own: required, absent when not given, or made from other keys.</summary>
    private static readonly string[] WithoutDefault =
    [
        "name", "tokenizer", "images.tokens", "data.sources.name", "data.sources.format", "model.vision", "model.language",
    ];

    private static readonly Recipe Defaults = RecipeReader.Parse(
        """
        name: x
        data: { sources: [{ name: llava_otter_blend }], sample_world: {} }
        tokenizer: t
        model: { vision: v, language: l }
        training: {}
        """,
        "/r",
        []);

    [Fact]
    public void Every_default_in_the_schema_is_the_records()
    {
        JObject written = JObject.Parse(Newtonsoft.Json.JsonConvert.SerializeObject(Tree(RecipeWriter.Write(Defaults))));
        var wrong = new List<string>();
        Compare(Schema(), written, "", wrong);
        wrong.Should().BeEmpty();
    }

    private static void Compare(JObject schema, JToken? value, string path, List<string> wrong)
    {
        if (schema["$ref"] is JToken reference)
            schema = (JObject)Schema().SelectToken(((string)reference!)[2..].Replace('/', '.'))!;
        if (schema["items"] is JObject { } items && items["$ref"] != null)
        {
            Compare(items, value![0], path, wrong);
            return;
        }

        if (schema["properties"] is JObject properties)
        {
            foreach (JProperty property in properties.Properties())
                Compare((JObject)property.Value, (value as JObject)?[property.Name], path.Length == 0 ? property.Name : $"{path}.{property.Name}", wrong);
            return;
        }

        bool hasDefault = schema.TryGetValue("default", out JToken? expected);
        if (hasDefault == WithoutDefault.Contains(path))
            wrong.Add($"{path}: {(hasDefault ? "has a default, but is listed as without" : "has no default")}");
        else if (hasDefault && !IsEqual(expected!, value))
            wrong.Add($"{path}: the schema says {expected}, the records {value ?? "nothing"}");
    }

    private static bool IsEqual(JToken expected, JToken? value) =>
        value != null && (JToken.DeepEquals(expected, value)
            || (expected.Type is JTokenType.Integer or JTokenType.Float && value.Type is JTokenType.Integer or JTokenType.Float && (double)expected == (double)value));

    private static JObject Schema()
    {
        using Stream stream = typeof(Recipe).Assembly.GetManifestResourceStream("data-schemas/recipe.schema.json")!;
        using var reader = new StreamReader(stream);
        return JObject.Parse(reader.ReadToEnd());
    }

    /// <summary>The YAML as an untyped tree, read by the library alone so that the reader under test has no part in it.</summary>
    private static object? Tree(string yaml) =>
        new YamlDotNet.Serialization.DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(new StringReader(yaml));
}
