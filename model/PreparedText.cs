using VisualChat.Model.Language;
using VisualChat.Model.Transfers;

namespace VisualChat.Model;

/// <summary>
/// The text of a micro-batch that is ready for the device, and the order in which it is read.
/// </summary>
/// <param name="Plan">Where text and visual tokens stand.</param>
/// <param name="Ids">The ids of the text rows.</param>
/// <param name="Labels">The ids to learn, sample after sample.</param>
internal sealed record PreparedText(DecoderPlan Plan, NumberRange Ids, NumberRange Labels);
