using System.Text.Json;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// LLaVA's instruction JSON: an array of records of one image and a conversation between <c>human</c> and <c>gpt</c>
/// (data-schemas/llava.schema.json). One mark at the beginning or end of the first question is removed; any other is text. Ids are
/// not unique in the published files and identify nothing.
/// </summary>
internal sealed class LlavaFormat : RecordFormat
{
    public override string Name => "llava";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array);

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        bool conversations = false;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("image"u8))
            {
                draft.Images.Clear();
                draft.Images.Add(ReadText(ref json, draft, "image"));
            }
            else if (json.ValueTextEquals("conversations"u8))
            {
                conversations = true;
                ReadTurns(ref json, draft);
            }
            else
            {
                json.Skip();
            }
        }

        Require(draft.Images.Count > 0, "image");
        Require(conversations, "conversations");
    }

    protected override void Check(RecordDraft draft)
    {
        RequireAlternation(draft);
        for (int turn = 0; turn < draft.Turns.Count; turn += 2)
        {
            TextSlice question = draft.Turns[turn].Text;
            AddRound(draft, turn == 0 ? ImageMark.Strip(draft, question) : question, draft.Turns[turn + 1].Text, turn == 0 ? 1 : 0);
        }
    }

    private static void ReadTurns(ref Utf8JsonReader json, RecordDraft draft)
    {
        Enter(ref json, JsonTokenType.StartArray, "conversations");
        draft.Turns.Clear();
        while (NextElement(ref json))
        {
            ExpectObject(ref json, "a turn of 'conversations'");
            Speaker? speaker = null;
            TextSlice text = TextSlice.None;
            while (NextKey(ref json))
            {
                if (json.ValueTextEquals("from"u8))
                {
                    _ = json.Read();
                    if (json.TokenType != JsonTokenType.String)
                        throw WrongType("'from'", "a string");
                    speaker = json.ValueTextEquals("human"u8) ? Speaker.User : json.ValueTextEquals("gpt"u8) ? Speaker.Assistant : Speaker.Other;
                }
                else if (json.ValueTextEquals("value"u8))
                {
                    text = ReadText(ref json, draft, "value");
                }
                else
                {
                    json.Skip();
                }
            }

            Require(speaker is not null, "from");
            Require(text.Exists, "value");
            draft.Turns.Add(new DraftTurn(speaker!.Value, text));
        }
    }
}
