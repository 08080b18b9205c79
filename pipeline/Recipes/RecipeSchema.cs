using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// The embedded <c>data-schemas/recipe.schema.json</c>, enforced: what it refuses becomes a sentence that names the key, where it was
/// written and what is allowed. What is allowed is read from the schema itself, so message and rule cannot differ.
/// </summary>
internal sealed class RecipeSchema
{
    private const string ResourceName = "data-schemas/recipe.schema.json";

    private static readonly Lazy<RecipeSchema> Embedded = new(Load);

    private readonly JsonSchema _schema;
    private readonly IReadOnlyList<string> _keyPaths;

    private RecipeSchema(JsonSchema schema)
    {
        _schema = schema;
        _keyPaths = [.. KeysOf(schema, "")];
    }

    /// <summary>The schema of this program.</summary>
    public static RecipeSchema Instance => Embedded.Value;

    /// <summary>Checks a recipe's tree.</summary>
    /// <param name="root">The recipe.</param>
    /// <param name="problems">Receives each problem.</param>
    /// <returns>The paths of the keys refused, so that later checks do not judge them again.</returns>
    public IReadOnlyCollection<string> Check(JObject root, List<string> problems)
    {
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (ValidationError error in _schema.Validate(root))
            Report(error, refused, problems);
        return refused;
    }

    private static RecipeSchema Load()
    {
        using Stream stream = typeof(RecipeSchema).Assembly.GetManifestResourceStream(ResourceName)!;
        using var reader = new StreamReader(stream);
        return new RecipeSchema(JsonSchema.FromJsonAsync(reader.ReadToEnd()).GetAwaiter().GetResult());
    }

    private void Report(ValidationError error, HashSet<string> refused, List<string> problems)
    {
        if (error is ChildSchemaValidationError children && Descend(children) is { Count: > 0 } inner)
        {
            foreach (ValidationError child in inner)
                Report(child, refused, problems);
            return;
        }

        JToken token = error.Token!;
        if (error.Kind == ValidationErrorKind.NoAdditionalPropertiesAllowed)
        {
            JProperty property = token as JProperty ?? ((JObject)token).Property(error.Property!, StringComparison.Ordinal)!;
            refused.Add(KeyPath.Of(property));
            problems.Add(UnknownKey(property, error.Schema));
        }
        else if (error.Kind == ValidationErrorKind.PropertyRequired)
        {
            if ((token is JProperty holder ? holder.Value : token) is not JObject map)
                return; // That it is no map at all is an error of its own.
            string path = KeyPath.Of(map, error.Property!);
            refused.Add(path);
            problems.Add($"'{path}' is missing ({KeyPath.OriginOf(map)}): {Allowed(error.Schema.ActualSchema.ActualProperties[error.Property!])}");
        }
        else
        {
            JToken value = token is JProperty property ? property.Value : token;
            refused.Add(KeyPath.Of(value));
            string name = KeyPath.Of(value) is { Length: > 0 } path ? $"'{path}'" : "a recipe";
            problems.Add($"{name} ({KeyPath.OriginOf(value)}) must be {Allowed(error.Schema)}, not {Shown(value)}");
        }
    }

    /// <summary>The errors inside a list's entry, or inside the one alternative that has the value's own type.</summary>
    private static IReadOnlyCollection<ValidationError> Descend(ChildSchemaValidationError error)
    {
        if (error.Kind != ValidationErrorKind.NotAnyOf)
            return [.. error.Errors.Values.SelectMany(errors => errors)];
        JsonObjectType type = error.Token switch
        {
            JObject => JsonObjectType.Object,
            JArray => JsonObjectType.Array,
            _ => JsonObjectType.None,
        };
        return [.. error.Errors.Where(branch => type != JsonObjectType.None && branch.Key.ActualSchema.Type.HasFlag(type)).SelectMany(branch => branch.Value)];
    }

    private string UnknownKey(JProperty property, JsonSchema map)
    {
        string message = $"unknown key '{KeyPath.Of(property)}' ({KeyPath.OriginOf(property)})";
        ICollection<string> siblings = map.ActualSchema.ActualProperties.Keys.ToArray();
        if (Spelling.Nearest(property.Name, siblings) is string nearest)
            return $"{message}; did you mean '{KeyPath.Of(property.Parent!, nearest)}'?";
        if (_keyPaths.FirstOrDefault(path => path.EndsWith('.' + property.Name, StringComparison.Ordinal)) is string elsewhere)
            return $"{message}; did you mean '{elsewhere}'?";
        return $"{message}; known here: {string.Join(", ", siblings)}";
    }

    private static IEnumerable<string> KeysOf(JsonSchema schema, string prefix)
    {
        foreach ((string name, JsonSchemaProperty property) in schema.ActualSchema.ActualProperties)
        {
            yield return prefix + name;
            foreach (string inner in KeysOf(property, $"{prefix}{name}."))
                yield return inner;
        }
    }

    private static string Allowed(JsonSchema schema)
    {
        schema = schema.ActualSchema;
        if (schema.ExtensionData?.TryGetValue("x-allowed", out object? text) == true)
            return (string)text!;
        if (schema.AnyOf.Count > 0)
            return string.Join(" or ", schema.AnyOf.Select(Allowed));
        if (schema.Enumeration.Count > 0)
            return schema.Enumeration.Count == 1 ? $"'{schema.Enumeration.First()}'" : $"one of {string.Join(", ", schema.Enumeration)}";

        JsonObjectType type = schema.Type & ~JsonObjectType.Null;
        string allowed = type switch
        {
            JsonObjectType.Integer => "a whole number" + Range(schema),
            JsonObjectType.Number => "a number" + Range(schema),
            JsonObjectType.Boolean => "true or false",
            JsonObjectType.Array => "a list",
            JsonObjectType.Object => $"a map of {string.Join(", ", schema.ActualProperties.Keys)}",
            _ => "text",
        };
        return schema.Type.HasFlag(JsonObjectType.Null) ? allowed + ", or null" : allowed;
    }

    private static string Range(JsonSchema schema) => (schema.Minimum, schema.ExclusiveMinimum, schema.Maximum, schema.ExclusiveMaximum) switch
    {
        (decimal least, _, decimal most, _) => $" from {Number(least)} to {Number(most)}",
        (decimal least, _, _, decimal below) => $" of at least {Number(least)} and below {Number(below)}",
        (decimal least, _, _, _) => $" of at least {Number(least)}",
        (_, decimal above, _, _) => $" above {Number(above)}",
        _ => "",
    };

    private static string Number(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Shown(JToken value)
    {
        string text = value is JValue { Value: string plain } ? $"'{plain}'" : value.ToString(Formatting.None);
        return text.ReplaceLineEndings(" ") is { Length: > 60 } longer ? $"{longer[..60]}..." : text.ReplaceLineEndings(" ");
    }
}
