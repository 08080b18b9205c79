using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// LLaVA's instruction JSON: an array of records of one image and a conversation between
/// <c>human</c> and <c>gpt</c> (data-schemas/llava.schema.json). One mark at the beginning or end
/// of the first question is removed; any other is text. Ids are not unique in the published files
/// and identify nothing.
/// </summary>
internal sealed class LlavaFormat : RecordFormat
{
    private static readonly ObjectShape Message = new(
        Of("from", new SpeakerShape(("human", Speaker.User), ("gpt", Speaker.Assistant))).Required(),
        Text("value", static (draft, text) => draft.Message = draft.Message with { Text = text }).Required())
    {
        Begin = static draft => draft.BeginMessage(),
        End = static draft => draft.EndMessage(),
    };

    public override string Name => "llava";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array);

    public override ObjectShape Record { get; } = new(
        Text("image", static (draft, image) => draft.ShowOnly(image)).Required(),
        Of("conversations", new ListShape("a turn of 'conversations'", Message)
        {
            Begin = static draft => draft.Messages.Clear(),
        }).Required());

    protected override void Check(RecordDraft draft)
    {
        RequireAlternation(draft);
        for (int asked = 0; asked < draft.Messages.Count; asked += 2)
        {
            bool isFirst = asked == 0;
            TextSlice question = draft.Messages[asked].Text;
            TextSlice answer = draft.Messages[asked + 1].Text;
            AddRound(draft, isFirst ? ImageMark.Strip(draft, question) : question, answer, isFirst ? 1 : 0);
        }
    }
}
