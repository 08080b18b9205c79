namespace VisualChat.Pipeline.Recipes;

/// <summary>The parts of a model that learn.</summary>
/// <param name="Parts">In the recipe's order.</param>
/// <param name="IsAll">Whether the recipe says <c>all</c>.</param>
internal sealed record TrainableParts(IReadOnlyList<TrainablePart> Parts, bool IsAll = false)
{
    public static TrainableParts All { get; } = new(Enum.GetValues<TrainablePart>(), IsAll: true);
}
