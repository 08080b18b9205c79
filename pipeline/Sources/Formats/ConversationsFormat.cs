using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// A user's own conversations in the forms that other trainers use
/// (data-schemas/conversations.schema.json, <see cref="ConversationTable"/>), with ids that are
/// unique. Marks and images must add up over the whole record.
/// </summary>
internal sealed class ConversationsFormat : RecordFormat
{
    public override string Name => "conversations";

    public override RecordLayout Layout { get; } = new(RecordContainer.List);

    public override ObjectShape Record { get; } = new(
        [.. ConversationTable.Fields, Id("id", static (draft, id) => draft.Id = id)]);

    public override bool NeedsImages => false;

    protected override void Check(RecordDraft draft) => ConversationRounds.Make(draft, mayRepeatMarks: false);
}
