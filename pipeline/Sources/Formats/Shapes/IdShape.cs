using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>A string or a whole number, kept as text.</summary>
internal sealed class IdShape(Action<RecordDraft, TextSlice> take) : Shape
{
    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType == JsonTokenType.String)
            take(draft, draft.Add(ref json));
        else if (WholeNumberShape.IsWholeNumber(json))
            take(draft, draft.Add(json.ValueSpan));
        else
            throw WrongType(what, "a string or a whole number");
    }
}
