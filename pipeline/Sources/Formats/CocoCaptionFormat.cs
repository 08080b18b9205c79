using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// Karpathy's <c>dataset.json</c> of COCO captions (data-schemas/coco-caption.schema.json): an image and some captions, of which one
/// is drawn and asked for with a drawn prompt.
/// </summary>
internal sealed class CocoCaptionFormat : RecordFormat
{
    public override string Name => "coco-caption";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array, "images");

    public override int RoundsOf(RecordDraft draft) => 1;

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("caption");
        string prompt = CaptionPrompts.Draw(ref random);
        DraftRound drawn = draft.Rounds[random.Next(draft.Rounds.Count)];
        rounds.Add(new ComposedRound(prompt, draft.TextOf(drawn.Answer), 1));
    }

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        bool sentences = false;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("filename"u8))
            {
                draft.Images.Clear();
                draft.Images.Add(ReadText(ref json, draft, "filename"));
            }
            else if (json.ValueTextEquals("sentences"u8))
            {
                sentences = true;
                Enter(ref json, JsonTokenType.StartArray, "sentences");
                draft.Turns.Clear();
                while (NextElement(ref json))
                    ReadSentence(ref json, draft);
            }
            else
            {
                json.Skip();
            }
        }

        Require(draft.Images.Count > 0, "filename");
        Require(sentences, "sentences");
    }

    protected override void Check(RecordDraft draft)
    {
        foreach (DraftTurn caption in draft.Turns)
        {
            if (!IsBlank(draft[caption.Text], default))
                draft.Rounds.Add(new DraftRound(TextSlice.None, caption.Text, 1));
        }

        if (draft.Rounds.Count == 0)
            throw new RecordRejectedException(RejectReason.EmptyAnswer, "no caption has text");
    }

    private static void ReadSentence(ref Utf8JsonReader json, RecordDraft draft)
    {
        ExpectObject(ref json, "an element of 'sentences'");
        TextSlice raw = TextSlice.None;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("raw"u8))
                raw = ReadText(ref json, draft, "raw");
            else
                json.Skip();
        }

        Require(raw.Exists, "raw");
        draft.Turns.Add(new DraftTurn(Speaker.Assistant, raw));
    }
}
