using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// A string, an object or an array, each with a shape of its own, told by how the value begins.
/// </summary>
internal sealed class EitherShape : Shape
{
    private readonly string _wanted;

    /// <param name="text">The shape of a string.</param>
    /// <param name="map">The shape of an object; null if it cannot be one.</param>
    /// <param name="list">The shape of an array; null if it cannot be one.</param>
    public EitherShape(TextShape text, ObjectShape? map = null, ListShape? list = null)
    {
        (Text, Map, List) = (text, map, list);
        _wanted = map is null ? "a string or an array"
            : list is null ? "a string or an object"
            : "a string, an object or an array";
    }

    public TextShape Text { get; }

    public ObjectShape? Map { get; }

    public ListShape? List { get; }

    /// <summary>Every shape that the value may have.</summary>
    public IEnumerable<Shape> Choices => new Shape?[] { Text, Map, List }.OfType<Shape>();

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        Shape? shape = json.TokenType switch
        {
            JsonTokenType.String => Text,
            JsonTokenType.StartObject => Map,
            JsonTokenType.StartArray => List,
            _ => null,
        };
        if (shape is null)
            throw WrongType(what, _wanted);
        shape.Read(ref json, draft, what);
    }
}
