using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>A whole number; one that does not fit into 32 bits is taken as -1.</summary>
internal sealed class WholeNumberShape(Action<RecordDraft, int> take) : Shape
{
    public static bool IsWholeNumber(in Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.Number && json.ValueSpan.IndexOfAny(".eE"u8) < 0;

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (!IsWholeNumber(json))
            throw WrongType(what, "a whole number");
        take(draft, json.TryGetInt32(out int number) ? number : -1);
    }
}
