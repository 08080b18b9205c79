using VisualChat.Model.Vision;

namespace VisualChat.Pipeline.Validation;

/// <summary>What <c>visualchat validate</c> finds.</summary>
/// <param name="Recipe">The recipe's file, as it was named.</param>
/// <param name="DataRoot">The data root looked at; null: none.</param>
/// <param name="Problems">Everything that would stop a blend, each as one sentence.</param>
/// <param name="Sources">The datasets, where their files could be read.</param>
internal sealed record ValidationReport(
    string Recipe, string? DataRoot, IReadOnlyList<string> Problems, IReadOnlyList<SourceReport> Sources)
{
    /// <summary>The recipe's vision tower; null: it has none, or none that can be read.</summary>
    public VisionTowerConfig? Vision { get; init; }

    /// <summary>What the recipe's model takes; null: it has none, or it is not known.</summary>
    public ModelNeeds? Needs { get; init; }

    /// <summary>Why it is not known what the model takes: a sentence each.</summary>
    public IReadOnlyList<string> NeedsUnknown { get; init; } = [];

    /// <summary>Whether the recipe can be blended.</summary>
    public bool IsValid => Problems.Count == 0;
}
