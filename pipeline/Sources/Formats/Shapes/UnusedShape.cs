using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// A value that the program cannot use, such as a video or a tool call. Of any type; a record is
/// left out if the value says something, that is, if it is not false or an empty string, list or
/// object.
/// </summary>
internal sealed class UnusedShape : Shape
{
    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        bool saysSomething;
        if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            int depth = json.CurrentDepth;
            _ = json.Read();
            saysSomething = json.CurrentDepth > depth;
            while (json.CurrentDepth > depth)
                _ = json.Read();
        }
        else
        {
            saysSomething = json.TokenType switch
            {
                JsonTokenType.String => json.ValueSpan.Length > 0,
                JsonTokenType.False => false,
                _ => true,
            };
        }

        if (saysSomething)
            draft.Unusable ??= $"it has {what}, which cannot be trained on";
    }
}
