using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// MIMIC-IT's instructions: a map from an instruction's id to its question, answer, images and
/// related instructions (data-schemas/mimic-it.schema.json). The format has no image mark: all
/// images stand before the question. Marks that say so are taken out.
/// </summary>
internal sealed class MimicItFormat : RecordFormat
{
    public override string Name => "mimic-it";

    public override RecordLayout Layout { get; } = new(RecordContainer.Map, "data");

    public override ObjectShape Record { get; } = new(
        Text("instruction", static (draft, text) => draft.Question = text).Required(),
        Text("answer", static (draft, text) => draft.Answer = text).Required(),
        Texts("image_ids", static draft => draft.Images).Required(),
        Texts("rel_ins_ids", static draft => draft.Related));

    // An id may be written as a file name.
    public override string FileNameOf(string key) => Path.HasExtension(key) ? key : $"{key}.jpg";

    protected override void Check(RecordDraft draft) =>
        AddRound(draft, draft.Question, draft.Answer, draft.Images.Count);
}
