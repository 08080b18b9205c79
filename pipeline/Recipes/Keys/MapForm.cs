using System.Collections.Concurrent;
using System.Reflection;
using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>
/// A record whose properties with a <see cref="MeaningAttribute"/> are a map's keys.
/// </summary>
internal sealed class MapForm : Form
{
    private static readonly ConcurrentDictionary<Type, MapForm> Known = new();

    private readonly Type _type;
    private readonly RecipeKey[] _written;

    private MapForm(Type type)
    {
        _type = type;
        object defaults = Activator.CreateInstance(type)!;
        Keys =
        [
            .. type.GetProperties()
                .Select(property => (Property: property, Meaning: property.GetCustomAttribute<MeaningAttribute>()))
                .Where(key => key.Meaning is not null)
                .OrderBy(key => key.Property.MetadataToken)
                .Select(key => new RecipeKey(key.Property, key.Meaning!, defaults)),
        ];
        _written = [.. Keys.OrderBy(key => key.WrittenOrder)];
    }

    /// <summary>In the order in which they are declared.</summary>
    public IReadOnlyList<RecipeKey> Keys { get; }

    public override string Allowed => $"a map of {string.Join(", ", Keys.Select(key => key.Name))}";

    public override MapForm? Map => this;

    public static MapForm Of(Type type) => Known.GetOrAdd(type, static type => new MapForm(type));

    public override bool Holds(object value) => value.GetType() == _type;

    /// <summary>Reads every key that is sound; the others keep their defaults.</summary>
    public override object? Read(JToken token, RecipeReading reading)
    {
        if (token is not JObject map)
            return base.Read(token, reading);
        object record = Activator.CreateInstance(_type)!;
        foreach (RecipeKey key in Keys)
        {
            if (map.TryGetValue(key.Name, out JToken? given))
                key.Set(record, key.Form.Read(given, reading));
            else if (key.IsRequired)
                reading.Miss(map, key);
        }

        foreach (JProperty property in map.Properties())
        {
            if (Find(property.Name) is null)
                reading.RefuseKey(property, this);
        }

        return record;
    }

    /// <summary>
    /// Null: a map is read by <see cref="Read"/>, which says what is wrong with its keys.
    /// </summary>
    public override object? TryRead(JToken token, RecipeReading reading) => null;

    public override JToken Write(object value)
    {
        var map = new JObject();
        foreach (RecipeKey key in _written)
        {
            if (key.Write(value) is { } token)
                map[key.Name] = token;
        }

        return map;
    }

    public RecipeKey? Find(string name) => Keys.FirstOrDefault(key => key.Name == name);

    /// <summary>
    /// The paths of its keys and of all keys below them, each before the keys in it.
    /// </summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        foreach (RecipeKey key in Keys)
        {
            yield return prefix + key.Name;
            foreach (string inner in key.Form is MapForm section ? section.Paths($"{prefix}{key.Name}.") : [])
                yield return inner;
        }
    }

    public override JObject Schema()
    {
        var schema = new JObject { ["type"] = "object", ["additionalProperties"] = false };
        string[] required = [.. Keys.Where(key => key.IsRequired).Select(key => key.Name)];
        if (required.Length > 0)
            schema["required"] = new JArray(required);
        schema["properties"] = new JObject(Keys.Select(key => new JProperty(key.Name, key.Schema())));
        return schema;
    }
}
