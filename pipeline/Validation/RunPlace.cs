namespace VisualChat.Pipeline.Validation;

/// <summary>Where a recipe's model is to be trained and used.</summary>
/// <param name="Devices">
/// The devices that were asked for; none: the one that <c>train</c> would take.
/// </param>
/// <param name="Output">The folder of <c>train --out</c>; null: not known.</param>
internal sealed record RunPlace(IReadOnlyList<string> Devices, string? Output);
