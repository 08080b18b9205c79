namespace VisualChat.Pipeline.Training;

/// <summary>
/// What the program chose where the recipe says <c>auto</c>. A training that continues uses it
/// again, so that what happens to be free that day does not change its last bits.
/// </summary>
/// <param name="Positions">Most positions of a pass; null: the recipe says.</param>
/// <param name="IsCheckpointed">
/// Whether layers recompute their activations; null: the recipe says.
/// </param>
internal sealed record ChosenPass(int? Positions, bool? IsCheckpointed);
