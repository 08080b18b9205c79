using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

internal sealed class TextShape(Action<RecordDraft, TextSlice> take) : Shape
{
    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(what, "a string");
        take(draft, draft.Add(ref json));
    }
}
