using VisualChat.Pipeline.Sources.Formats.Shapes;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// LLaVA's instruction JSON: records of an image and a conversation between <c>human</c> and
/// <c>gpt</c> (data-schemas/llava.schema.json), and everything else that
/// <see cref="ConversationTable"/> takes. Ids are not unique in the published files and identify
/// nothing. A mark in a later question may name the images again.
/// </summary>
internal sealed class LlavaFormat : RecordFormat
{
    public override string Name => "llava";

    public override RecordLayout Layout { get; } = new(RecordContainer.List);

    public override ObjectShape Record { get; } = new(ConversationTable.Fields);

    public override bool NeedsImages => false;

    protected override void Check(RecordDraft draft) => ConversationRounds.Make(draft, mayRepeatMarks: true);
}
