using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>MiniGPT-4's <c>filter_cap.json</c> (data-schemas/minigpt4.schema.json): an image and one long caption, asked for with a drawn prompt.</summary>
internal sealed class MiniGpt4Format : RecordFormat
{
    public override string Name => "minigpt4";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array, "annotations");

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("caption");
        rounds.Add(new ComposedRound(CaptionPrompts.Draw(ref random), draft.TextOf(draft.Rounds[0].Answer), 1));
    }

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        TextSlice caption = TextSlice.None;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("image_id"u8))
            {
                draft.Images.Clear();
                draft.Images.Add(ReadId(ref json, draft, "image_id"));
            }
            else if (json.ValueTextEquals("caption"u8))
            {
                caption = ReadText(ref json, draft, "caption");
            }
            else
            {
                json.Skip();
            }
        }

        Require(draft.Images.Count > 0, "image_id");
        Require(caption.Exists, "caption");
        draft.Turns.Add(new DraftTurn(Speaker.Assistant, caption));
    }

    protected override void Check(RecordDraft draft)
    {
        TextSlice caption = draft.Turns[0].Text;
        if (IsBlank(draft[caption], default))
            throw new RecordRejectedException(RejectReason.EmptyAnswer, "the caption has no text");
        draft.Rounds.Add(new DraftRound(TextSlice.None, caption, 1));
    }
}
