using System.Text.Json;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// MIMIC-IT's instructions: a map from an instruction's id to its question, answer, images and related instructions
/// (data-schemas/mimic-it.schema.json). The format has no image mark: its images stand before the question, and the text is taken as
/// it is.
/// </summary>
internal sealed class MimicItFormat : RecordFormat
{
    public override string Name => "mimic-it";

    public override RecordLayout Layout { get; } = new(RecordContainer.Map, "data");

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        TextSlice instruction = TextSlice.None;
        TextSlice answer = TextSlice.None;
        bool images = false;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("instruction"u8))
            {
                instruction = ReadText(ref json, draft, "instruction");
            }
            else if (json.ValueTextEquals("answer"u8))
            {
                answer = ReadText(ref json, draft, "answer");
            }
            else if (json.ValueTextEquals("image_ids"u8))
            {
                images = true;
                ReadTexts(ref json, draft, "image_ids", draft.Images);
            }
            else if (json.ValueTextEquals("rel_ins_ids"u8))
            {
                ReadTexts(ref json, draft, "rel_ins_ids", draft.Related);
            }
            else
            {
                json.Skip();
            }
        }

        Require(instruction.Exists, "instruction");
        Require(answer.Exists, "answer");
        Require(images, "image_ids");
        draft.Turns.Add(new DraftTurn(Speaker.User, instruction));
        draft.Turns.Add(new DraftTurn(Speaker.Assistant, answer));
    }

    protected override void Check(RecordDraft draft) =>
        AddRound(draft, draft.Turns[0].Text, draft.Turns[1].Text, draft.Images.Count);
}
