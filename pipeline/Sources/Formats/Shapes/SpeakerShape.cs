using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// A speaker's name, in letters of any case. Any string has the right shape; one that is not listed
/// is another speaker.
/// </summary>
internal sealed class SpeakerShape(params (string Name, Speaker Speaker)[] speakers) : Shape
{
    private readonly (byte[] Name, Speaker Speaker)[] _speakers =
        Array.ConvertAll(speakers, speaker => (Encoding.UTF8.GetBytes(speaker.Name), speaker.Speaker));

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(what, "a string");
        foreach ((byte[] name, Speaker speaker) in _speakers)
        {
            if (json.ValueTextEquals(name))
            {
                draft.Message = draft.Message with { Speaker = speaker };
                return;
            }
        }

        TextSlice written = draft.Add(ref json);
        draft.Message = draft.Message with { Speaker = SpeakerOf(draft[written]), SpeakerName = written };
    }

    private Speaker SpeakerOf(ReadOnlySpan<byte> written)
    {
        foreach ((byte[] name, Speaker speaker) in _speakers)
        {
            if (Ascii.EqualsIgnoreCase(name, written))
                return speaker;
        }

        return Speaker.Other;
    }
}
