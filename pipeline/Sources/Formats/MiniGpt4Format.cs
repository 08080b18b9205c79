using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// MiniGPT-4's <c>filter_cap.json</c> (data-schemas/minigpt4.schema.json): an image and one long
/// caption, asked for with a drawn prompt.
/// </summary>
internal sealed class MiniGpt4Format : RecordFormat
{
    public override string Name => "minigpt4";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array, "annotations");

    public override ObjectShape Record { get; } = new(
        Id("image_id", static (draft, image) => draft.ShowOnly(image)).Required(),
        Text("caption", static (draft, text) => draft.Answer = text).Required());

    public override string FileNameOf(string key) => $"{key}.jpg";

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("caption");
        string prompt = CaptionPrompts.Draw(ref random);
        rounds.Add(new ComposedRound(prompt, draft.TextOf(draft.Rounds[0].Answer), Images: 1));
    }

    protected override void Check(RecordDraft draft)
    {
        if (IsBlank(draft[draft.Answer]))
            throw new RecordRejectedException(RejectReason.EmptyAnswer, "the caption has no text");
        draft.Rounds.Add(new DraftRound(TextSlice.None, draft.Answer, Images: 1));
    }
}
