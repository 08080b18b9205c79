using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// A string, or a value of another shape that begins with <paramref name="otherStart"/>.
/// </summary>
internal sealed class EitherShape(TextShape text, JsonTokenType otherStart, Shape other) : Shape
{
    public TextShape Text { get; } = text;

    public Shape Other { get; } = other;

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        Shape shape = json.TokenType == otherStart ? Other : Text;
        shape.Read(ref json, draft, what);
    }
}
