using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// A speaker's name. Any string has the right shape; one that is not listed is another speaker.
/// </summary>
internal sealed class SpeakerShape(params (string Name, Speaker Speaker)[] speakers) : Shape
{
    private readonly (byte[] Name, Speaker Speaker)[] _speakers =
        Array.ConvertAll(speakers, speaker => (Encoding.UTF8.GetBytes(speaker.Name), speaker.Speaker));

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(what, "a string");
        draft.Message = draft.Message with { Speaker = SpeakerOf(ref json) };
    }

    private Speaker SpeakerOf(ref Utf8JsonReader json)
    {
        foreach ((byte[] name, Speaker speaker) in _speakers)
        {
            if (json.ValueTextEquals(name))
                return speaker;
        }

        return Speaker.Other;
    }
}
